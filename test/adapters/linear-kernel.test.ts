import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadLinearKernel } from '../../adapters/predictor/linear-kernel.js';
import { readLinearModel, type LinearModel } from '../../adapters/predictor/linear-model.js';
import { logisticModel, regressionModel } from '../support/onnx-models.js';
import { interleaveColumns, scoreWithRuntime } from '../support/onnx-scores.js';
import { pick, seededChance, trickyValues, type Chance } from '../support/random-trees.js';

/** Margins beyond both ends of the sigmoid's range, values that float32 barely holds, and no number at all. */
const tricky = trickyValues([0.1, 1, 17.999999, 18, 18.000002, 1e9]);

describe('the linear kernel scores as ONNX Runtime does, to the bit but for a row in many millions', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    rows: fc.integer({ min: 1, max: 2048 }),
    featureCount: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 256 })),
    weightSize: fc.constantFrom(1e-3, 0.3, 3, 1e4),
    inputSize: fc.constantFrom(0.01, 1, 50, 1e6),
    model: fc.constantFrom(logisticModel, regressionModel),
  });

  it('on random regressions and rows of every size', () => {
    fc.assert(
      fc.property(shapes, ({ seed, rows, featureCount, weightSize, inputSize, model }) => {
        const chance = seededChance(seed);
        const weights = Array.from({ length: featureCount }, () => Math.fround(spread(chance) * weightSize));
        const columns = weights.map(() => Float32Array.from({ length: rows }, () => spread(chance) * inputSize));
        failUnlessEqual(model(weights, Math.fround(spread(chance) * 4)), columns);
      }),
      { numRuns: 150 },
    );
  });

  it('on margins past the range of the sigmoid, on infinities, on numbers too large or small, and on missing ones', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, featureCount) => {
        const chance = seededChance(seed);
        const weights = Array.from({ length: featureCount }, () => pick([1, -1, 0, 0.5, -18, 1e-30, 3e38], chance));
        const columns = weights.map(() => Float32Array.from({ length: 257 }, () => pick(tricky, chance)));
        failUnlessEqual(logisticModel(weights, pick([0, -0, 18, -18, 1e9], chance)), columns);
      }),
      { numRuns: 100 },
    );
  });

  it('on the rows of each block, whatever the block before it held', () => {
    const model = logisticModel([0.5, -0.25], 0.1);
    const kernel = kernelOf(model);
    for (const rows of [2048, 3, 1, 9, 2047]) {
      const columns = [7, 11].map((step) => Float32Array.from({ length: rows }, (_, row) => ((row * step) % 13) / 4));
      const expected = scoreWithRuntime(model, interleaveColumns(columns, rows), rows);
      kernel.begin(rows);
      for (const [index, column] of columns.entries()) kernel.setColumn(index, column);
      expect([...kernel.run(rows)]).toEqual([...expected]);
    }
  });
});

describe('the linear kernel', () => {
  it('takes up to 256 features: ONNX Runtime cuts longer sums into pieces', () => {
    const modelOf = (featureCount: number) =>
      ({ weights: Array<number>(featureCount).fill(1), bias: 0, link: 'none' }) as const;
    expect(loadLinearKernel(modelOf(256))).not.toBeNull();
    expect(loadLinearKernel(modelOf(257))).toBeNull();
    expect(loadLinearKernel(modelOf(0))).toBeNull();
  });
});

function linearOf(model: Uint8Array): LinearModel {
  const linear = readLinearModel(model);
  if (linear === null) throw new Error('not a linear model');
  return linear;
}

function kernelOf(model: Uint8Array) {
  const kernel = loadLinearKernel(linearOf(model));
  if (kernel === null) throw new Error('no kernel for this model');
  return kernel;
}

/**
 * Float64 rounds before float32 does, which a fused instruction does not: where the first lands halfway between two float32
 * and was not exact, the two may differ by a step.
 */
function mayRoundTwice({ weights, bias }: LinearModel, columns: readonly Float32Array[], row: number): boolean {
  let sum = 0;
  for (const term of [...weights.map((weight, index) => weight * (columns[index]?.[row] ?? 0)), bias]) {
    const wide = sum + term;
    const rest = wide - sum;
    const isExact = sum - (wide - rest) + (term - rest) === 0;
    sum = Math.fround(wide);
    const otherSide = 2 * wide - sum;
    if (!isExact && otherSide !== sum && Math.fround(otherSide) === otherSide) return true;
  }
  return false;
}

/** Of all other rows one may be off by two steps: its sigmoid rounds twice in the same way, once in many millions. */
function failUnlessEqual(model: Uint8Array, columns: readonly Float32Array[]): void {
  const rows = columns[0]?.length ?? 0;
  const linear = linearOf(model);
  const kernel = kernelOf(model);
  kernel.begin(rows);
  for (const [index, column] of columns.entries()) kernel.setColumn(index, column);
  const found = kernel.run(rows);
  const expected = scoreWithRuntime(model, interleaveColumns(columns, rows), rows);
  expect(found).toHaveLength(rows);
  const others = [...expected.keys()].filter((row) => !Object.is((expected[row] ?? 0) + 0, (found[row] ?? -1) + 0));
  const unexcused = others.filter((row) => !mayRoundTwice(linear, columns, row));
  const [other = -1] = unexcused;
  const distance = Math.abs((expected[other] ?? 0) - (found[other] ?? 0));
  if (linear.link === 'sigmoid' && unexcused.length === 1 && distance <= 2 ** -22) return;
  expect(other === -1 ? 'all equal' : `row ${other}: ${found[other]}, not ${expected[other]}`).toBe('all equal');
}

/** Roughly normal, around zero. */
function spread(chance: Chance): number {
  return chance() + chance() + chance() - chance() - chance() - chance();
}

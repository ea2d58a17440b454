import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelOf } from '../../support/compiled-trees.js';
import { interleaveColumns, scoreWithRuntime } from '../../support/onnx-scores.js';
import { growTrees, pick, seededChance, trickyValues, type RandomTrees } from '../../support/random-trees.js';
import { ensembleModel, tails, type EnsembleModel } from '../../support/tree-models.js';

const tolerance = 2e-7;
const cuts = [-2.5, -1, -0, 0, 2 ** -149, 1e-38, 0.1, 0.30000001, 1, 7.5, 7.5000005, 1e9, 3.4e38, -1e-20];
const evenCuts = Array.from({ length: 700 }, (_, index) => index / 8 - 20);
const plain: RandomTrees = {
  featureCount: 5,
  trees: 9,
  maxDepth: 8,
  maxLeaves: 63,
  modes: ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'],
  thresholds: cuts,
  missing: 'by-node',
  weight: (chance) => chance() - 0.5,
};

describe('the tree kernel scores as ONNX Runtime does', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    rows: fc.integer({ min: 1, max: 2048 }),
    featureCount: fc.integer({ min: 1, max: 9 }),
    trees: fc.integer({ min: 1, max: 20 }),
    maxDepth: fc.integer({ min: 0, max: 12 }),
    maxLeaves: fc.constantFrom(1, 2, 7, 63, 64, 65, 256, 300),
    modes: fc.constantFrom(['BRANCH_LEQ'], ['BRANCH_LT'], plain.modes),
    thresholds: fc.constantFrom(cuts, evenCuts, [0], [1, 1e-30, 1e30, -1e30], [Infinity, 3.4e38, 0]),
    missing: fc.constantFrom('none' as const, 'by-node' as const),
  });

  it('on random ensembles of every shape, bit by bit where there is no curve', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const chance = seededChance(shape.seed);
        const trees = growTrees({ ...plain, ...shape }, chance);
        const model: EnsembleModel = {
          trees,
          featureCount: shape.featureCount,
          ...pick(finishes, chance),
        };
        expect(compare(model, shape.rows, shape.thresholds, shape.seed)).toBeLessThanOrEqual(
          isExact(model) ? 0 : tolerance,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('with weights that are nowhere negative, as forests of probabilities have them', () => {
    for (const classId of [0, 1]) {
      for (const transform of ['NONE', 'LOGISTIC']) {
        const trees = growTrees({ ...plain, weight: (chance) => chance() / 10 }, seededChance(7));
        const model: EnsembleModel = { trees, featureCount: 5, operator: 'TreeEnsembleClassifier', transform, classId };
        expect(compare(model, 300, cuts, 5), `${transform} of class ${classId}`).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  it('with more than 255 thresholds a feature, and NaN sent both ways', () => {
    const trees = growTrees({ ...plain, trees: 60, featureCount: 2, thresholds: evenCuts }, seededChance(3));
    expect(compare({ trees, featureCount: 2 }, 2048, evenCuts, 4)).toBe(0);
  });

  it('with trees of more leaves than a byte can number', () => {
    const trees = growTrees(
      { ...plain, trees: 3, maxDepth: 40, maxLeaves: 3000, thresholds: evenCuts },
      seededChance(2),
    );
    expect(compare({ trees, featureCount: 5 }, 2048, evenCuts, 4)).toBe(0);
  });
});

/** How sums become scores, as the converters write it. */
const finishes: readonly Partial<EnsembleModel>[] = [
  {},
  { bases: [0.25] },
  { aggregate: 'AVERAGE', bases: [-0.5] },
  { transform: 'LOGISTIC' },
  { tail: tails.sigmoid },
  { operator: 'TreeEnsembleClassifier', transform: 'LOGISTIC' },
  { operator: 'TreeEnsembleClassifier', transform: 'LOGISTIC', classId: 1, tail: tails.sliced },
  { operator: 'TreeEnsembleClassifier', transform: 'LOGISTIC', bases: [0.3], tail: tails.extracted },
  { operator: 'TreeEnsembleClassifier', bases: [0.3] },
];

function isExact({ operator, tail }: EnsembleModel): boolean {
  return operator !== 'TreeEnsembleClassifier' && tail === undefined;
}

/** The largest difference of the scores over rows of tricky values. */
function compare(model: EnsembleModel, rows: number, thresholds: readonly number[], seed: number): number {
  const bytes = ensembleModel(model);
  const kernel = kernelOf(bytes);
  const chance = seededChance(seed);
  const values = trickyValues(thresholds);
  for (const column of kernel.columns) for (let row = 0; row < rows; row += 1) column[row] = pick(values, chance);
  const expected = scoreWithRuntime(bytes, interleaveColumns(kernel.columns, rows), rows);
  return largestDifference(kernel.run(rows), expected);
}

function largestDifference(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Infinity;
  return found.reduce((most, score, row) => Math.max(most, Math.abs(score - expected[row]!)), 0);
}

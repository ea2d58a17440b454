import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRowCover } from '../../../adapters/tree-kernel/covering-rows.js';
import { synthesiseNanRows } from '../../../adapters/tree-kernel/nan-rows.js';
import { ensembleOf } from '../../support/compiled-trees.js';
import { growTrees, pick, seededChance, type RandomTrees } from '../../support/random-trees.js';
import { ensembleModel, type ModeTree } from '../../support/tree-models.js';

const thresholds = Array.from({ length: 12 }, (_, index) => index);
const shape: RandomTrees = {
  featureCount: 3,
  trees: 8,
  maxDepth: 7,
  maxLeaves: 30,
  modes: ['BRANCH_LEQ'],
  thresholds,
  missing: 'by-node',
  weight: (chance) => chance(),
};

describe('covering rows', () => {
  it('reach every leaf that any row reaches, however the rows are cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 90 }),
        (seed, rows, size) => {
          const trees = growTrees(shape, seededChance(seed));
          const columns = randomColumns(seed, rows);
          const cover = startRowCover(ensembleOf(ensembleModel({ trees, featureCount: 3 })), 4000);
          for (let first = 0; first < rows; first += size) {
            const chunk = columns.map((column) => column.subarray(first, first + size));
            cover.show(chunk, chunk[0]!.length);
          }
          const chosen = cover.choose();
          const all = leavesReached(trees, columns, [...columns[0]!.keys()]);
          expect(leavesReached(trees, columns, chosen.rows)).toEqual(all);
          expect(chosen.reachedLeaves).toBe(all.size);
          expect(chosen.coveredLeaves).toBe(all.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are few, ascending, and the same for every size of chunk', () => {
    const ensemble = ensembleOf(ensembleModel({ trees: growTrees(shape, seededChance(5)), featureCount: 3 }));
    const columns = randomColumns(1, 5000);
    const whole = startRowCover(ensemble, 4000);
    whole.show(columns, 5000);
    const halves = startRowCover(ensemble, 4000);
    for (const first of [0, 2500])
      halves.show(
        columns.map((column) => column.subarray(first, first + 2500)),
        2500,
      );
    const { rows } = whole.choose();
    expect(halves.choose().rows).toEqual(rows);
    expect([...rows].sort((a, b) => a - b)).toEqual(rows);
    expect(rows.length).toBeLessThan(100);
  });

  it('hold the first row with a missing number for every feature that has one', () => {
    const ensemble = ensembleOf(ensembleModel({ trees: [{ leaf: 1 }], featureCount: 3 }));
    const columns = [0, 1, 2].map(() => new Float32Array(10));
    columns[0]![7] = columns[0]![9] = columns[2]![8] = NaN;
    const cover = startRowCover(ensemble, 4000);
    cover.show(columns, 10);
    expect(cover.choose()).toMatchObject({ rows: [7, 8], nanFeatures: [0, 2] });
  });

  it('say what they leave out when they may not be more', () => {
    const ensemble = ensembleOf(ensembleModel({ trees: growTrees(shape, seededChance(5)), featureCount: 3 }));
    const cover = startRowCover(ensemble, 2);
    cover.show(randomColumns(1, 3000), 3000);
    const { rows, reachedLeaves, coveredLeaves } = cover.choose();
    expect(rows.length).toBe(2);
    expect(coveredLeaves).toBeLessThan(reachedLeaves);
  });
});

describe('rows made with missing numbers', () => {
  it('miss each feature in turn, then all', () => {
    const columns = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(10, 20, 30, 40, 50)];
    const made = synthesiseNanRows({ columns, rows: 5, copiesPerFeature: 2 });
    expect(made.rows).toBe(5);
    expect(made.columns.map((column) => [...column])).toEqual([
      [NaN, NaN, 3, 4, NaN],
      [10, 20, NaN, NaN, NaN],
    ]);
  });

  it('are none where there are no rows', () => {
    expect(synthesiseNanRows({ columns: [new Float32Array(0)], rows: 0, copiesPerFeature: 2 }).rows).toBe(0);
  });
});

function randomColumns(seed: number, rows: number): readonly Float32Array[] {
  const chance = seededChance(seed);
  const values = [...thresholds, 0.5, NaN];
  return [0, 1, 2].map(() => Float32Array.from({ length: rows }, () => pick(values, chance)));
}

/** An independent walk over the trees as they were made. */
function leavesReached(trees: readonly ModeTree[], columns: readonly Float32Array[], rows: readonly number[]) {
  const reached = new Set<ModeTree>();
  for (const row of rows) {
    for (const tree of trees) {
      let at = tree;
      while (!('leaf' in at)) {
        const number = columns[at.feature]![row]!;
        at = number <= at.threshold || (Number.isNaN(number) && at.missingYes === true) ? at.yes : at.no;
      }
      reached.add(at);
    }
  }
  return reached;
}

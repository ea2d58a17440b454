import { describe, expect, it } from 'vitest';
import { proveKernel } from '../../../adapters/tree-kernel/prove-kernel.js';
import { kernelOf } from '../../support/compiled-trees.js';
import { ensembleModel } from '../../support/tree-models.js';

const tree = { mode: 'BRANCH_LEQ', feature: 0, threshold: 0, yes: { leaf: 0.25 }, no: { leaf: 0.75 } };
const kernel = kernelOf(ensembleModel({ trees: [tree], featureCount: 1 }));
const rows = 5000;
const columns = [Float32Array.from({ length: rows }, (_, row) => (row % 3) - 1)];
const expected = columns[0]!.map((number) => (number > 0 ? 0.75 : 0.25));

function prove(changes: Partial<Parameters<typeof proveKernel>[0]>) {
  return proveKernel({ kernel, columns, rows, expected, tolerance: 2e-7, ...changes });
}

describe('a kernel is proved', () => {
  it('when no score is further off than the tolerance', () => {
    expect(prove({})).toEqual({ status: 'proved', rows, largestDifference: 0 });
    const off = expected.map((score, row) => (row === 4321 ? score + 0.125 : score));
    expect(prove({ expected: off, tolerance: 0.125 })).toEqual({ status: 'proved', rows, largestDifference: 0.125 });
  });
});

describe('a kernel is refuted', () => {
  it('when one score is further off, naming its row', () => {
    const off = expected.map((score, row) => (row === 4321 ? score + 0.125 : score));
    expect(prove({ expected: off, tolerance: 0.1 })).toEqual({
      status: 'refuted',
      rows,
      largestDifference: 0.125,
      why: 'row 4322 is off by 0.125, more than 0.1',
    });
  });

  it('when a score to compare with is not a number', () => {
    const broken = expected.map((score, row) => (row === 2 ? NaN : score));
    expect(prove({ expected: broken })).toMatchObject({ status: 'refuted', largestDifference: NaN });
  });

  it('when there is nothing to compare, or it does not fit', () => {
    expect(prove({ rows: 0 })).toMatchObject({ status: 'refuted', why: 'there are no rows to compare' });
    expect(prove({ expected: expected.subarray(1) })).toMatchObject({ status: 'refuted' });
    expect(prove({ columns: [...columns, ...columns] })).toMatchObject({ status: 'refuted' });
  });
});

import { describe, expect, it } from 'vitest';
import { compileTreeKernel } from '../../../adapters/tree-kernel/compile-kernel.js';
import { loadTreeKernel } from '../../../adapters/tree-kernel/load-kernel.js';
import { ensembleOf, kernelBytesOf, kernelOf } from '../../support/compiled-trees.js';
import { growTrees, seededChance } from '../../support/random-trees.js';
import { ensembleModel, type ModeTree } from '../../support/tree-models.js';

const trees = growTrees(
  {
    featureCount: 3,
    trees: 4,
    maxDepth: 5,
    maxLeaves: 20,
    modes: ['BRANCH_LEQ'],
    thresholds: [1, 2, 3],
    missing: 'none',
    weight: (chance) => chance(),
  },
  seededChance(1),
);
const model = ensembleModel({ trees, featureCount: 3 });
const bytes = kernelBytesOf(model);

describe('a compiled kernel', () => {
  it('has the same bytes for the same ensemble', () => {
    expect(Buffer.compare(kernelBytesOf(model), bytes)).toBe(0);
  });

  it('is refused when any byte of it has changed, or some are missing', () => {
    for (let at = 0; at < bytes.length; at += 97) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 0x10;
      expect(() => loadTreeKernel(damaged, 3), `byte ${at}`).toThrow(/tree kernel/);
    }
    expect(() => loadTreeKernel(bytes.subarray(0, -1), 3)).toThrow('the tree kernel is damaged: its digest differs');
    expect(() => loadTreeKernel(bytes.subarray(0, 20), 3)).toThrow('not a tree kernel');
    expect(() => loadTreeKernel(new Uint8Array(0), 3)).toThrow('not a tree kernel');
  });

  it('is refused when it is of another version', () => {
    const foreign = Uint8Array.from(bytes);
    new DataView(foreign.buffer).setUint32(40, 2, true);
    expect(() => loadTreeKernel(foreign, 3)).toThrow('a tree kernel of version 2; this program reads 1');
  });

  it('is refused for another number of features', () => {
    expect(() => loadTreeKernel(bytes, 4)).toThrow('a tree kernel for 3 features; expected one for 4');
  });

  it('scores no rows, and up to 2,048 at once', () => {
    const kernel = kernelOf(model);
    expect(kernel.run(0).length).toBe(0);
    expect(kernel.run(2048).length).toBe(2048);
    for (const rows of [-1, 0.5, 2049]) expect(() => kernel.run(rows)).toThrow('0 to 2048 rows at once');
  });

  it('forgets the rows of the run before', () => {
    const kernel = kernelOf(model);
    for (const column of kernel.columns) column.fill(9);
    const [high] = kernel.run(2048);
    for (const column of kernel.columns) column.fill(0, 0, 1);
    const [low] = kernel.run(1);
    expect(low).not.toBe(high);
  });
});

describe('a kernel is not made', () => {
  it('for a tree that is deeper than 512 splits', () => {
    expect(compileChain(512).status).toBe('compiled');
    expect(compileChain(513)).toEqual({
      status: 'unsupported',
      why: 'a tree has a depth of 513, the kernel takes at most 512',
    });
  });

  it('for more than 4,096 features', () => {
    const wide = ensembleModel({ trees: [{ leaf: 1 }], featureCount: 4097 });
    expect(compileTreeKernel(ensembleOf(wide))).toEqual({
      status: 'unsupported',
      why: 'it has 4097 features, the kernel takes at most 4096',
    });
  });
});

function compileChain(depth: number) {
  let tree: ModeTree = { leaf: 0 };
  for (let level = 0; level < depth; level += 1) {
    tree = { mode: 'BRANCH_LEQ', feature: 0, threshold: level, yes: { leaf: level }, no: tree };
  }
  return compileTreeKernel(ensembleOf(ensembleModel({ trees: [tree], featureCount: 1 })));
}

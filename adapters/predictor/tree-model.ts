import { loadTreeKernel } from '../tree-kernel/load-kernel.js';
import type { BlockModel } from './block-model.js';

/** The tree kernel as a model: columns go straight into its memory. Throws when the kernel's bytes cannot be used. */
export function loadTreeModel(kernel: Uint8Array, featureCount: number): BlockModel {
  const trees = loadTreeKernel(kernel, featureCount);
  return {
    begin: () => undefined,
    setColumn: (index, values) => trees.columns[index]?.set(values),
    run: (rows) => trees.run(rows),
  };
}

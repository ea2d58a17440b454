import { compileTreeKernel } from '../../adapters/tree-kernel/compile-kernel.js';
import type { TreeEnsemble } from '../../adapters/tree-kernel/ensemble.js';
import { loadTreeKernel, type TreeKernel } from '../../adapters/tree-kernel/load-kernel.js';
import { readTreeEnsemble } from '../../adapters/tree-kernel/read-ensemble.js';

/** The ensemble in a model file; throws the reason when there is none. */
export function ensembleOf(model: Uint8Array): TreeEnsemble {
  const read = readTreeEnsemble(model);
  if (read.status !== 'tree') throw new Error(read.why);
  return read.ensemble;
}

export function kernelBytesOf(model: Uint8Array): Uint8Array {
  const compiled = compileTreeKernel(ensembleOf(model));
  if (compiled.status !== 'compiled') throw new Error(compiled.why);
  return compiled.bytes;
}

export function kernelOf(model: Uint8Array): TreeKernel {
  return loadTreeKernel(kernelBytesOf(model), ensembleOf(model).featureCount);
}

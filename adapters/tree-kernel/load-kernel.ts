import { unpackKernel } from './kernel-file.js';
import { MAX_ROWS } from './layout.js';
import { startModule } from './start-module.js';

/** A model's trees as machine code. */
export interface TreeKernel {
  readonly maxRows: number;
  /** One view of the kernel's own memory per feature; the caller fills the first `rows` values of each. */
  readonly columns: readonly Float32Array[];
  /** Scores the first rows. The scores are a view that holds until the next run. */
  run(rows: number): Float32Array;
}

/** Throws when the bytes are damaged, of another version, or made for another number of features. */
export function loadTreeKernel(bytes: Uint8Array, expectedFeatures: number): TreeKernel {
  const { features, columns, columnBytes, scores, module } = unpackKernel(bytes);
  if (features !== expectedFeatures) {
    throw new Error(`a tree kernel for ${features} features; expected one for ${expectedFeatures}`);
  }
  const { memory, run } = startModule(module);
  const all = new Float32Array(memory.buffer, scores, MAX_ROWS);
  return {
    maxRows: MAX_ROWS,
    columns: Array.from(
      { length: features },
      (_, index) => new Float32Array(memory.buffer, columns + index * columnBytes, MAX_ROWS),
    ),
    run(rows) {
      if (!Number.isInteger(rows) || rows < 0 || rows > MAX_ROWS) {
        throw new RangeError(`a tree kernel scores 0 to ${MAX_ROWS} rows at once, not ${rows}`);
      }
      if (rows > 0) run(rows);
      return all.subarray(0, rows);
    },
  };
}

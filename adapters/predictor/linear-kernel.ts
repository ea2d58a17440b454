import { startModule } from '../tree-kernel/start-module.js';
import { assembleModule } from '../tree-kernel/wasm-module.js';
import type { BlockModel } from './block-model.js';
import { compileLinear, WEIGHT_BYTES } from './linear-code.js';
import type { LinearModel } from './linear-model.js';

const MAX_ROWS = 2_048;
/** ONNX Runtime cuts longer sums into pieces. */
const MAX_FEATURES = 256;
/** Not a power of two, or all columns would compete for the same lines of the cache. */
const COLUMN_BYTES = MAX_ROWS * 4 + 64;

/**
 * A linear model as machine code that repeats ONNX Runtime's arithmetic on processors with fused
 * multiply-add: products are added to the sum in the order of the features, each step rounded once, to float32; then the
 * bias; then the rational sigmoid, rounded in the same way. A product of two float32 is exact in float64, so that one
 * float64 addition and one rounding to float32 do what the fused instruction does, but for sums that float64 rounds to the
 * middle of two float32: there, once in many millions of rows, the sum is one step off. Null where it has too many features.
 */
export function loadLinearKernel(model: LinearModel): BlockModel | null {
  const features = model.weights.length;
  if (features === 0 || features > MAX_FEATURES) return null;
  const { memory, run } = startModule(assembleLinear(model));
  const columnAt = (index: number) => new Float32Array(memory.buffer, index * COLUMN_BYTES, MAX_ROWS);
  const columns = model.weights.map((_weight, index) => columnAt(index));
  const scores = columnAt(features);
  return {
    begin: () => undefined,
    setColumn: (index, values) => columns[index]?.set(values),
    run(rows) {
      run(rows);
      return scores.subarray(0, rows);
    },
  };
}

function assembleLinear(model: LinearModel): Uint8Array {
  const scores = model.weights.length * COLUMN_BYTES;
  const layout = { columnBytes: COLUMN_BYTES, scores, weights: scores + COLUMN_BYTES };
  const twice = Float64Array.from(model.weights.flatMap((weight) => [Math.fround(weight), Math.fround(weight)]));
  return assembleModule({
    memoryBytes: layout.weights + model.weights.length * WEIGHT_BYTES,
    functions: [compileLinear(model, layout)],
    data: [{ address: layout.weights, bytes: new Uint8Array(twice.buffer) }],
  });
}

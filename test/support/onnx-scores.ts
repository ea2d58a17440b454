import { Tensor } from 'onnxruntime-node';
import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';

/** The scores of ONNX Runtime on one thread for rows that stand one after another. */
export function scoreWithRuntime(model: Uint8Array, inputs: Float32Array, rows: number): Float32Array {
  initOrt();
  const loaded = new binding.InferenceSession();
  const bytes = Uint8Array.from(model);
  loaded.loadModel(bytes.buffer, 0, bytes.byteLength, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const name = loaded.inputMetadata[0]!.name;
  const scores = loaded.run(
    { [name]: new Tensor('float32', inputs, [rows, inputs.length / rows]) },
    { score: null },
    {},
  );
  const copy = Float32Array.from(scores['score']!.data as Float32Array);
  loaded.dispose();
  return copy;
}

/** Columns as the rows that ONNX Runtime takes. */
export function interleaveColumns(columns: readonly Float32Array[], rows: number): Float32Array {
  const inputs = new Float32Array(columns.length * rows);
  for (const [index, column] of columns.entries()) {
    for (let row = 0; row < rows; row += 1) inputs[row * columns.length + index] = column[row]!;
  }
  return inputs;
}

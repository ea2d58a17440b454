import { DuckDBScalarFunction, FLOAT, type DuckDBConnection } from '@duckdb/node-api';
import duckdb, { type DataChunk, type Vector } from '@duckdb/node-bindings';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { OnnxModel } from './onnx-model.js';

const FLOAT_BYTES = 4;

/** A model as a SQL function of its encoded columns, and what happened in it. */
export interface ScoreFunction {
  /** The failure that ended the query; DuckDB itself passes on only a message. */
  failure: unknown;
}

/**
 * Registers `name(column, …)` → FLOAT. DuckDB hands over up to 2,048 rows a call as typed arrays (its own bindings, no
 * row objects), which is near the best block size for ONNX Runtime. Inputs are never null: encoding leaves NaN.
 */
export function registerScoreFunction(
  connection: DuckDBConnection,
  settings: {
    readonly name: string;
    readonly label: string;
    readonly model: OnnxModel;
    readonly featureCount: number;
    readonly onRows: (rows: number) => void;
  },
): ScoreFunction {
  const state: ScoreFunction = { failure: undefined };
  const score = createBlockScorer(settings);
  const scalar = DuckDBScalarFunction.create({
    name: settings.name,
    parameterTypes: Array.from({ length: settings.featureCount }, () => FLOAT),
    returnType: FLOAT,
    specialHandling: true,
    volatile: true,
    mainFunction: () => undefined,
  });
  // The wrapper's main function would build a vector object per column and call; the bindings' one gets the bare chunk.
  duckdb.scalar_function_set_function(scalar.scalar_function, (_info, input, output) => {
    try {
      score(input, output);
    } catch (error) {
      state.failure ??= error;
      throw error;
    }
  });
  connection.registerScalarFunction(scalar);
  return state;
}

function createBlockScorer(settings: {
  readonly label: string;
  readonly model: OnnxModel;
  readonly featureCount: number;
  readonly onRows: (rows: number) => void;
}): (input: DataChunk, output: Vector) => void {
  const width = settings.featureCount;
  let block = new Float32Array(0);
  let rowsBefore = 0;
  return (input, output) => {
    const rows = duckdb.data_chunk_get_size(input);
    if (rows === 0) return;
    if (block.length < rows * width) block = new Float32Array(rows * width);
    for (let column = 0; column < width; column += 1) {
      const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(input, column), rows * FLOAT_BYTES);
      interleave(new Float32Array(bytes.buffer, bytes.byteOffset, rows), block, column, width);
    }
    const scores = settings.model.run(block.subarray(0, rows * width), rows);
    failIfNotFinite(settings.label, scores, rowsBefore);
    duckdb.copy_data_to_vector(output, 0, scores.buffer as ArrayBuffer, scores.byteOffset, scores.byteLength);
    rowsBefore += rows;
    settings.onRows(rows);
  };
}

function interleave(column: Float32Array, block: Float32Array, offset: number, width: number): void {
  for (let row = 0, at = offset; row < column.length; row += 1, at += width) block[at] = column[row] ?? Number.NaN;
}

function failIfNotFinite(label: string, scores: Float32Array, rowsBefore: number): void {
  const first = scores.findIndex((score) => !Number.isFinite(score));
  if (first === -1) return;
  throw new PermanentFailure('MODEL_BAD_OUTPUT', 'The model gave a score that is not a finite number.', {
    problems: [
      {
        field: `${label} output`,
        found: `${String(scores[first])} for row ${String(rowsBefore + first + 1)}`,
        expected: 'a finite score for every row',
      },
    ],
  });
}

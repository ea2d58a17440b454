import { DuckDBScalarFunction, FLOAT, type DuckDBConnection } from '@duckdb/node-api';
import duckdb, { type DataChunk, type Vector } from '@duckdb/node-bindings';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { BlockModel } from './block-model.js';

const FLOAT_BYTES = 4;

/** A model as a SQL function of its encoded columns, and what happened in it. */
export interface ScoreFunction {
  /** The failure that ended the query; DuckDB itself passes on only a message. */
  failure: unknown;
}

interface ScoreFunctionSettings {
  readonly name: string;
  readonly label: string;
  readonly model: BlockModel;
  readonly featureCount: number;
  /** Whether a score that is no finite number is passed on; else it fails the query. */
  readonly keepsBadScores?: boolean;
  readonly onRows: (rows: number) => void;
}

/**
 * Registers `name(column, …)` → FLOAT. DuckDB hands over up to 2,048 rows a call as typed arrays (its own bindings, no
 * row objects), which is near the best block size for ONNX Runtime. Null inputs are NaN to the model.
 */
export function registerScoreFunction(connection: DuckDBConnection, settings: ScoreFunctionSettings): ScoreFunction {
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

function createBlockScorer(settings: ScoreFunctionSettings): (input: DataChunk, output: Vector) => void {
  const { model, featureCount, keepsBadScores = false } = settings;
  let rowsBefore = 0;
  return (input, output) => {
    const rows = duckdb.data_chunk_get_size(input);
    if (rows === 0) return;
    model.begin(rows);
    for (let column = 0; column < featureCount; column += 1) {
      model.setColumn(column, readColumn(duckdb.data_chunk_get_vector(input, column), rows));
    }
    const scores = model.run(rows);
    if (!keepsBadScores) failIfNotFinite(settings.label, scores, rowsBefore);
    duckdb.copy_data_to_vector(output, 0, scores.buffer as ArrayBuffer, scores.byteOffset, scores.byteLength);
    rowsBefore += rows;
    settings.onRows(rows);
  };
}

/** A copy of the column's values, NaN where they are null. */
function readColumn(vector: Vector, rows: number): Float32Array {
  const bytes = duckdb.vector_get_data(vector, rows * FLOAT_BYTES);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, rows);
  // No bytes where no value is null, whatever the declared type says.
  const valid = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (valid === null || valid.length === 0) return values;
  for (let row = 0; row < rows; row += 1) {
    if ((((valid[row >> 3] as number) >> (row & 7)) & 1) === 0) values[row] = Number.NaN;
  }
  return values;
}

function failIfNotFinite(label: string, scores: Float32Array, rowsBefore: number): void {
  // A finite sum of finite differences: x - x is 0 for numbers and NaN for NaN and infinities, without a branch per row.
  let difference = 0;
  for (let row = 0; row < scores.length; row += 1) {
    const score = scores[row] as number;
    difference += score - score;
  }
  if (difference === 0) return;
  const first = scores.findIndex((score) => !Number.isFinite(score));
  throw badScore(label, `${String(scores[first])} for row ${String(rowsBefore + first + 1)}`);
}

/** MODEL_BAD_OUTPUT for scores that nobody can use. */
export function badScore(label: string, found: string): PermanentFailure {
  return new PermanentFailure('MODEL_BAD_OUTPUT', 'The model gave a score that is not a finite number.', {
    problems: [{ field: `${label} output`, found, expected: 'a finite score for every row' }],
  });
}

import { DuckDBInstance } from '@duckdb/node-api';
import { InferenceSession, Tensor } from 'onnxruntime-node';

import type { Problem } from '../../domain/failure-types.js';

/** Validation rows the model is tried on: enough to reach many leaves, little enough to be read at once. */
const PROBE_ROWS = 256;

export interface ModelCheck {
  readonly modelPath: string;
  readonly features: readonly string[];
  readonly kind: 'binary' | 'regression';
  readonly validationParquet: readonly string[];
}

/**
 * Everything wrong with a model file: it must load, take one float32 input with a column for each feature, and give one
 * finite score a row on real validation rows. A row with every feature missing must not break it.
 */
export async function checkModel(check: ModelCheck): Promise<readonly Problem[]> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(check.modelPath, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
  } catch (error) {
    return [{ field: 'model.onnx', found: messageOf(error), expected: 'a model that ONNX Runtime loads' }];
  }
  const problems = signatureProblems(session, check.features.length);
  return problems.length > 0 ? problems : scoreProblems(session, check);
}

function signatureProblems(session: InferenceSession, columns: number): Problem[] {
  const problems: Problem[] = [];
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputMetadata;
  const isMatrix =
    input?.isTensor === true && input.type === 'float32' && input.shape.length === 2 && input.shape[1] === columns;
  if (!isMatrix || typeof input.shape[0] !== 'string' || otherInputs.length > 0) {
    const expected = `exactly one float32 input [N, ${String(columns)}], N open`;
    problems.push({ field: 'model.onnx inputs', found: describe(session.inputMetadata), expected });
  }
  const isColumn = output?.isTensor === true && output.type === 'float32' && isScoreShape(output.shape);
  if (!isColumn || otherOutputs.length > 0) {
    const expected = 'exactly one float32 output [N] or [N, 1]';
    problems.push({ field: 'model.onnx outputs', found: describe(session.outputMetadata), expected });
  }
  return problems;
}

function isScoreShape(shape: readonly (number | string)[]): boolean {
  return shape.length === 1 || (shape.length === 2 && shape[1] === 1);
}

function describe(values: readonly InferenceSession.ValueMetadata[]): string {
  const texts = values.map((value) =>
    value.isTensor ? `${value.name} ${value.type}[${value.shape.join(', ')}]` : `${value.name} (not a tensor)`,
  );
  return texts.length === 0 ? 'none' : texts.join(' and ');
}

async function scoreProblems(session: InferenceSession, check: ModelCheck): Promise<Problem[]> {
  const rows = await readProbeRows(check);
  const missing = new Float32Array(check.features.length).fill(Number.NaN);
  try {
    const scores = await run(session, rows, check.features.length);
    await run(session, missing, check.features.length);
    return valueProblems(scores, rows.length / check.features.length, check.kind);
  } catch (error) {
    return [{ field: 'model.onnx', found: messageOf(error), expected: 'a model that scores validation rows' }];
  }
}

async function readProbeRows(check: ModelCheck): Promise<Float32Array> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const columns = check.features.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
    const files = check.validationParquet.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
    const sql = `SELECT ${columns} FROM read_parquet([${files}]) LIMIT ${String(PROBE_ROWS)}`;
    const rows = (await connection.runAndReadAll(sql)).getRowsJS();
    return Float32Array.from(rows.flat(), (value) => (value === null ? Number.NaN : Number(value)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function run(session: InferenceSession, rows: Float32Array, columns: number): Promise<Tensor> {
  const name = session.inputNames[0] ?? '';
  const results = await session.run({ [name]: new Tensor('float32', rows, [rows.length / columns, columns]) });
  const scores = results[session.outputNames[0] ?? ''];
  if (scores === undefined) throw new Error('the model gave no output');
  return scores;
}

function valueProblems(scores: Tensor, rows: number, kind: ModelCheck['kind']): Problem[] {
  const field = 'model.onnx scores';
  const values = Array.from(scores.data as Float32Array);
  if (values.length !== rows) {
    const expected = `one score for each of ${String(rows)} rows`;
    return [{ field, found: `${String(values.length)} scores [${scores.dims.join(', ')}]`, expected }];
  }
  const isGood = (value: number): boolean =>
    Number.isFinite(value) && (kind !== 'binary' || (value >= 0 && value <= 1));
  const bad = values.filter((value) => !isGood(value));
  if (bad.length === 0) return [];
  const expected = kind === 'binary' ? 'probabilities from 0 to 1' : 'finite numbers';
  return [
    {
      field,
      found: `${String(bad[0])} among ${String(bad.length)} bad scores of ${String(rows)} validation rows`,
      expected,
    },
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

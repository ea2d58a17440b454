import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { projectRoot } from '../../adapters/built-entry.js';
import { locatePythonEnvironment } from '../../scripts/toolchain/index.mjs';

export const boostedFeatures = Array.from({ length: 12 }, (_, index) => `f${index}`);
const trainRows = 200_000;
const seed = 7;

/** A model as the shipped trainer leaves it, and rows it has not seen, column by column. */
export interface BoostedModel {
  readonly modelPath: string;
  readonly columns: readonly Float32Array[];
  readonly trainSeconds: number;
}

/** 200 trees of 63 leaves and depth 8 over 12 features: continuous, whole and skewed ones, and one with missing values. */
export async function trainBoostedModel(folder: string, rows: number, trees = 200): Promise<BoostedModel> {
  const columns = await withConnection(async (connection) => {
    await writeRows(connection, path.join(folder, 'train.parquet'), 0, trainRows);
    await writeRows(connection, path.join(folder, 'validation.parquet'), trainRows, trainRows + rows);
    return readColumns(connection, path.join(folder, 'validation.parquet'));
  });
  const startedAt = performance.now();
  await runTrainer(folder, trees);
  return {
    modelPath: path.join(folder, 'model', 'model.onnx'),
    columns,
    trainSeconds: (performance.now() - startedAt) / 1_000,
  };
}

async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeRows(connection: DuckDBConnection, file: string, first: number, last: number): Promise<void> {
  const rows = `SELECT ${boostedFeatures.join(', ')}, label FROM (${boostedRowsSql(first, last)}) ORDER BY i`;
  await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
}

/** Rows with their number `i`, the features and the label. Every value depends on the row's number alone. */
export function boostedRowsSql(first: number, last: number): string {
  const share = (purpose: string): string => `(hash('${purpose}' || i) % 16777216 / 16777216.0)`;
  const bell = (purpose: string): string =>
    `(${[1, 2, 3].map((part) => share(`${purpose}${part}`)).join(' + ')} - 1.5)`;
  const values = [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map(bell),
    `floor(${share('hour')} * 24)`,
    `floor(${share('day')} * 7)`,
    `floor(${share('origin')} * 230)`,
    `round(100 + ${share('distance')} * 2400)`,
    `round(exp(4 * ${bell('amount')}), 2)`,
    `CASE WHEN ${share('gap')} < 0.05 THEN NULL ELSE ${share('rate')} END`,
  ];
  const columns = values.map((value, index) => `(${value})::FLOAT AS f${index}`).join(', ');
  const signal = `2 * f0 * f1 + sin(4 * f2) + 0.05 * f6 - 0.1 * f7 + 1.5 * f3 * f4 + 0.02 * (f8 % 17) + f9 / 2500
                  + 0.1 * ln(f10 + 0.01) + coalesce(f11, 0.7) + ${bell('noise')} > 1.9`;
  return `SELECT i, ${boostedFeatures.join(', ')}, (${signal}) AS label
          FROM (SELECT i, ${columns} FROM range(${first}, ${last}) r(i))`;
}

async function readColumns(connection: DuckDBConnection, file: string): Promise<readonly Float32Array[]> {
  const result = await connection.runAndReadAll(`SELECT ${boostedFeatures.join(', ')} FROM read_parquet('${file}')`);
  return result
    .getColumnsJS()
    .map((column) => Float32Array.from(column, (cell) => (cell === null ? NaN : Number(cell))));
}

async function runTrainer(folder: string, trees: number): Promise<void> {
  const python = await locatePythonEnvironment();
  if (python === undefined) throw new Error('the Python environment is not installed; npm run bench installs it');
  const outputDir = path.join(folder, 'model');
  await mkdir(outputDir);
  const request = {
    schemaVersion: 1,
    trainParquet: [path.join(folder, 'train.parquet')],
    validationParquet: [path.join(folder, 'validation.parquet')],
    features: boostedFeatures,
    categorical: [],
    label: 'label',
    kind: 'binary',
    params: { trees, leaves: 63, maxDepth: 8, learningRate: 0.1 },
    seed,
    outputDir,
    checkpointDir: path.join(folder, 'checkpoint'),
  };
  const requestPath = path.join(folder, 'request.json');
  await writeFile(requestPath, JSON.stringify(request));
  await promisify(execFile)(python.path, [path.join(projectRoot(), 'trainers', 'lightgbm', 'train.py'), requestPath]);
}

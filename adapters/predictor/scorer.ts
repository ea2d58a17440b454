import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScoreRequest, Scorer, ScoringModel } from '../../activities/ports/scorer.js';
import { builtEntry } from '../built-entry.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { openBundle } from '../model-bundle/model-bundle.js';
import { encodeColumns, listEncodedFeatures } from './encoding.js';
import { parquetOptions } from './parquet-options.js';
import { runPredictor, type PredictorSupervision } from './predictor-process.js';
import type { CheckedRows, ChildModel, ChildOnnxModel, PredictorTask, ScoredRows } from './protocol.js';
import { copyCorrections, copyShadowAsServed } from './publication.js';
import { failUnlessColumnsExist } from './snapshot-columns.js';

/** Limits of the scorer; the defaults suit models of some megabytes on a worker of some gigabytes. */
export interface ScorerOptions {
  /** Resident memory at which a predictor process is killed. Default 2,048 MiB. */
  readonly maxRssMb?: number;
  /** DuckDB's own limit, in the child and here. Default 512 MiB. */
  readonly memoryLimitMb?: number;
  /** Parent of all spill folders. Default: the system's temporary folder. */
  readonly tempDirectory?: string;
}

/** The scorer that runs models in child processes and plain SQL in this one. */
export function createScorer(options: ScorerOptions = {}): Scorer {
  const limits = {
    entry: builtEntry('adapters/predictor/child.ts'),
    maxRssMb: options.maxRssMb ?? 2_048,
    memoryLimitMb: options.memoryLimitMb ?? 512,
    tempDirectory: options.tempDirectory ?? os.tmpdir(),
  };
  const withSql = <T>(files: readonly string[], use: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    withDuckDb({ ...limits, allowed: files, threads: 1 }, use);
  return {
    scoreShard: () => Promise.reject(new Error('not built yet')),
    score: (request) => scoreSnapshot(request, { ...limits, ...supervisionOf(request) }),
    scoreEncoded: (args) => scoreEncodedRows(args, { ...limits, ...supervisionOf(args) }),
    checkBundle: (args) => checkBundle(args.bundlePath, { ...limits, timeoutMs: args.timeoutMs }),
    writeShadowAsServed: (args) =>
      withSql([args.shadowPath, args.outputPath], (connection) => copyShadowAsServed(connection, args)),
    writeCorrections: (args) =>
      withSql([...args.pairs.flatMap((pair) => [...pair.oldPaths, ...pair.newPaths]), args.outputPath], (connection) =>
        copyCorrections(connection, args),
      ),
    writeInputs: (args) =>
      withSql([...args.parts, args.outputPath], (connection) =>
        copyInputs(connection, args.parts, args.model, args.outputPath),
      ),
  };
}

type Watching = Pick<PredictorSupervision, 'timeoutMs' | 'signal' | 'onProgress'>;

function supervisionOf({ timeoutMs, signal, onProgress }: Watching): Watching {
  return { timeoutMs, signal, onProgress };
}

async function scoreSnapshot(request: ScoreRequest, supervision: PredictorSupervision): Promise<ScoredRows> {
  const models: ChildModel[] = [];
  for (const [index, model] of request.models.entries()) models.push(await describeModel(model, index));
  failUnlessColumnsExist(request.snapshot, models, request.carry ?? []);
  const hasLabel = request.snapshot.columns.some((column) => column.name === 'label');
  return runWriting(
    {
      kind: 'score',
      parts: request.parts.map((part) => path.resolve(part)),
      models,
      carry: request.carry ?? [],
      withLabel: request.carry !== undefined && hasLabel,
      rows: request.snapshot.rows,
      outputPath: path.resolve(request.outputPath),
    },
    supervision,
  );
}

/** Verifies the bundle before anything of it is used. */
async function describeModel(model: ScoringModel, index: number): Promise<ChildModel> {
  if (model.kind === 'baseline') return model;
  const bundle = await openBundle(model.bundlePath, model.modelDigest);
  return {
    kind: 'onnx',
    label: `models[${String(index)}] ${model.modelDigest.slice(0, 12)}`,
    modelPath: path.resolve(bundle.modelPath),
    features: listEncodedFeatures(bundle.features, bundle.dictionary),
  };
}

/** A task that fails leaves no staged file behind, even where the child was killed while writing it. */
async function runWriting(
  task: Extract<PredictorTask, { outputPath: string }>,
  supervision: PredictorSupervision,
): Promise<ScoredRows> {
  try {
    const { rows } = await runPredictor(task, supervision);
    return { rows };
  } catch (error) {
    await rm(task.outputPath, { force: true });
    throw error;
  }
}

function scoreEncodedRows(
  args: Parameters<Scorer['scoreEncoded']>[0],
  supervision: PredictorSupervision,
): Promise<ScoredRows> {
  return runWriting(
    {
      kind: 'score-encoded',
      model: encodedModel('model', args.modelPath, args.features),
      encodedPath: path.resolve(args.encodedPath),
      outputPath: path.resolve(args.outputPath),
    },
    supervision,
  );
}

/** Rows that are encoded already hold numbers only, the codes of categories among them. */
function encodedModel(label: string, modelPath: string, features: readonly string[]): ChildOnnxModel {
  return {
    kind: 'onnx',
    label,
    modelPath: path.resolve(modelPath),
    features: features.map((name) => ({ name, kind: 'numeric' })),
  };
}

async function checkBundle(bundlePath: string, supervision: PredictorSupervision): Promise<CheckedRows> {
  const bundle = await openBundle(bundlePath);
  const names = bundle.features.features.map((feature) => feature.name);
  const model = encodedModel(bundle.manifest.modelDigest.slice(0, 12), bundle.modelPath, names);
  const checked = await runPredictor(
    { kind: 'check', model, goldenPath: path.resolve(bundle.goldenPath) },
    supervision,
  );
  if (!('maxDifference' in checked)) throw new Error('the predictor answered another task than it was given');
  return checked;
}

async function copyInputs(
  connection: DuckDBConnection,
  parts: readonly string[],
  model: ScoringModel,
  outputPath: string,
): Promise<number> {
  const described = await describeModel(model, 0);
  const columns = described.kind === 'onnx' ? encodeColumns(described.features, 'inputs') : [];
  for (const column of columns) if (column.setUp !== null) await connection.run(column.setUp);
  const encoded = columns.map((column) => `${column.expression} AS ${sqlName(column.name)}`);
  const select = `SELECT ${['row_key', ...encoded].join(', ')} FROM ${readParquet(parts)}`;
  const copied = await queryRow<{ Count: number }>(
    connection,
    `COPY (${select}) TO ${sqlString(outputPath)} ${parquetOptions}`,
  );
  return copied.Count;
}

import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ScoreRequest, Scorer, ScoringModel, ShardRequest } from '../../activities/ports/scorer.js';
import type { ShardFacts } from '../../domain/shard-facts.js';
import { builtEntry } from '../built-entry.js';
import { createPredictorPool } from './predictor-pool.js';
import type {
  CheckedRows,
  ChildModel,
  ChildOnnxModel,
  GoldenRows,
  PredictorTask,
  ScoredRows,
  TaskResult,
} from './protocol.js';
import { failUnlessColumnsExist } from './snapshot-columns.js';
import type { TaskSupervision } from './supervise-task.js';

/** Limits of the scorer; the defaults suit models of some megabytes on a worker of some gigabytes. */
export interface ScorerOptions {
  /** Predictor processes that work at once. Default: one a core. */
  readonly maxProcesses?: number;
  /** Resident memory at which a predictor process is killed. Default 2,048 MiB. */
  readonly maxRssMb?: number;
  /** DuckDB's own limit, in the child and here. Default 512 MiB. */
  readonly memoryLimitMb?: number;
  /** Parent of all spill folders. Default: the system's temporary folder. */
  readonly tempDirectory?: string;
}

/** Runs one task with the scorer's limits. */
type RunTask = <T extends PredictorTask>(task: T, watching: Watching) => Promise<TaskResult<T>>;
type Watching = Pick<TaskSupervision, 'timeoutMs' | 'signal' | 'onProgress' | 'onPeakMemory'>;

/** A scorer whose processes can be started before there is work for them. */
export interface WarmScorer extends Scorer {
  /** Starts as many processes as may work at once; they wait for a minute. */
  warmUp(): void;
}

/** The scorer that runs models in warm child processes and plain SQL in this one. */
export function createScorer(options: ScorerOptions = {}): WarmScorer {
  const limits = { maxRssMb: options.maxRssMb ?? 2_048, memoryLimitMb: options.memoryLimitMb ?? 512 };
  const tempDirectory = options.tempDirectory ?? os.tmpdir();
  const pool = createPredictorPool({
    entry: builtEntry('predictor/child.js'),
    maxProcesses: options.maxProcesses ?? os.availableParallelism(),
    tempDirectory,
  });
  const run: RunTask = (task, { timeoutMs, signal, onProgress, onPeakMemory }) =>
    pool.run(task, { ...limits, timeoutMs, signal, onProgress, onPeakMemory });
  // Loads DuckDB into this process, which only watches otherwise.
  const sqlFiles = async () => (await import('./sql-files.js')).createSqlFiles({ ...limits, tempDirectory });
  return {
    warmUp: () => {
      pool.warmUp();
    },
    score: (request) => scoreSnapshot(run, request),
    scoreShard: (request) => scoreShard(run, request),
    scoreEncoded: (args) => scoreEncodedRows(run, args),
    scoreInputs: (args) => scoreInputs(run, args),
    makeGolden: (args) => makeGolden(run, args),
    checkBundle: (args) => checkBundle(run, args),
    writeRowsOf: async (args) => (await sqlFiles()).writeRowsOf(args),
    writeCorrections: async (args) => (await sqlFiles()).writeCorrections(args),
    countChanges: async (args) => (await sqlFiles()).countChanges(args),
    writeInputs: async (args) => (await sqlFiles()).writeInputs(args),
  };
}

/** Verifies the bundle before anything of it is used. */
async function describe(model: ScoringModel, index: number): Promise<ChildModel> {
  // What reads bundles is loaded while the first processes start.
  return (await import('./describe-model.js')).describeModel(model, index);
}

async function scoreSnapshot(run: RunTask, request: ScoreRequest): Promise<ScoredRows> {
  const models: ChildModel[] = [];
  for (const [index, model] of request.models.entries()) models.push(await describe(model, index));
  failUnlessColumnsExist(request.snapshot, models, request.carry ?? []);
  const hasLabel = request.snapshot.columns.some((column) => column.name === 'label');
  const task = {
    kind: 'score',
    parts: request.parts.map((part) => path.resolve(part)),
    models,
    carry: request.carry ?? [],
    withLabel: request.carry !== undefined && hasLabel,
    rows: request.snapshot.rows,
    outputPath: path.resolve(request.outputPath),
  } as const;
  return withoutLeftovers([task.outputPath], () => run(task, request));
}

async function scoreShard(run: RunTask, request: ShardRequest): Promise<ShardFacts> {
  const models = [];
  for (const [index, { scoring, ...serving }] of request.models.entries()) {
    const model = await describe(scoring, index);
    const { modelDigest } = scoring;
    const { shadowPath, ...paths } = serving;
    const shadow = shadowPath === undefined ? {} : { shadowPath: path.resolve(shadowPath) };
    models.push({ ...paths, model, modelDigest, outputPath: path.resolve(serving.outputPath), ...shadow });
  }
  const { sliceColumns, livePaths } = request.churn;
  failUnlessColumnsExist(
    request.snapshot,
    models.map(({ model }) => model),
    sliceColumns,
  );
  const task = {
    kind: 'score-shard',
    partPath: path.resolve(request.partPath),
    rows: request.rows,
    models,
    ...(request.split === undefined ? {} : { split: request.split }),
    runIdentity: request.runIdentity,
    livePaths: livePaths.map((live) => path.resolve(live)),
    sliceColumns,
  } as const;
  return withoutLeftovers(
    models.flatMap(({ outputPath, shadowPath }) => [outputPath, ...(shadowPath === undefined ? [] : [shadowPath])]),
    () => run(task, request),
  );
}

/** A task that fails leaves no staged file behind, even where the child was killed while writing it. */
async function withoutLeftovers<T>(outputPaths: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await Promise.all(outputPaths.map((outputPath) => rm(outputPath, { force: true })));
    throw error;
  }
}

function scoreEncodedRows(run: RunTask, args: Parameters<Scorer['scoreEncoded']>[0]): Promise<ScoredRows> {
  const task = {
    kind: 'score-encoded',
    model: encodedModel('model', args.modelPath, args.features),
    keepsBadScores: false,
    encodedPath: path.resolve(args.encodedPath),
    outputPath: path.resolve(args.outputPath),
  } as const;
  return withoutLeftovers([task.outputPath], () => run(task, args));
}

async function scoreInputs(run: RunTask, args: Parameters<Scorer['scoreInputs']>[0]): Promise<ScoredRows> {
  const described = await describe(args.model, 0);
  if (described.kind !== 'onnx') throw new Error('a baseline has no encoded inputs');
  const task = {
    kind: 'score-encoded',
    model: { ...described, features: asNumbers(described.features.map(({ name }) => name)) },
    keepsBadScores: true,
    encodedPath: path.resolve(args.encodedPath),
    outputPath: path.resolve(args.outputPath),
  } as const;
  return withoutLeftovers([task.outputPath], () => run(task, args));
}

/** Rows that are encoded already hold numbers only, the codes of categories among them. */
function asNumbers(features: readonly string[]): ChildOnnxModel['features'] {
  return features.map((name) => ({ name, kind: 'numeric' }));
}

/** A model for encoded rows that is always computed by ONNX Runtime itself. */
function encodedModel(label: string, modelPath: string, features: readonly string[]): ChildOnnxModel {
  return {
    kind: 'onnx',
    label,
    modelPath: path.resolve(modelPath),
    features: asNumbers(features),
    proof: null,
  };
}

function makeGolden(run: RunTask, args: Parameters<Scorer['makeGolden']>[0]): Promise<GoldenRows> {
  const { modelPath, features, spreadRows } = args;
  const task = {
    kind: 'make-golden',
    model: encodedModel('model', modelPath, features),
    encodedPaths: args.encodedPaths.map((encoded) => path.resolve(encoded)),
    spreadRows,
    goldenPath: path.resolve(args.goldenPath),
    kernelPath: path.resolve(args.kernelPath),
  } as const;
  return withoutLeftovers([task.goldenPath, task.kernelPath], () => run(task, args));
}

async function checkBundle(run: RunTask, args: Parameters<Scorer['checkBundle']>[0]): Promise<CheckedRows> {
  const { openBundle } = await import('../model-bundle/model-bundle.js');
  const bundle = await openBundle(args.bundlePath);
  const names = bundle.features.features.map((feature) => feature.name);
  const model = encodedModel(bundle.manifest.modelDigest.slice(0, 12), bundle.modelPath, names);
  return run({ kind: 'check', model, goldenPath: path.resolve(bundle.goldenPath) }, args);
}

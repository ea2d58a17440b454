import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { builtEntry, projectRoot } from '../../adapters/built-entry.js';
import { startDevStack, type DevStack } from '../../cli/dev-stack.js';
import { connectClient } from '../../workers/connection.js';
import { openServices, type Services } from '../../workers/services.js';
import type { ScoreResult } from '../../workflows/api.js';
import { judge, rounded, type Target } from '../support/bench-report.js';
import { makeFirstChampion, startRun } from '../support/flights-run.js';
import { measureProcess } from '../support/measured-process.js';
import { waitUntilQuiet } from '../support/quiet-machine.js';
import { bigPipeline, firstWindow, writeBigPipeline, type BigWindow } from './big-pipeline.js';
import type { ScoringJob } from './job.js';
import { median } from './measurement.js';
import { featureNames, rowsPerPart } from './row-shape.js';
import { readRun, type RunStep } from './run-history.js';

/** A whole orchestrated run beside the bare scoring of the same rows, and a run that is killed near its end. */
export interface PipelineMeasurement {
  /** From the end of the snapshot step to the end of the run, per counted window. */
  readonly orchestratedSeconds: readonly number[];
  /** Our job as a process on the same parts with the same model. */
  readonly rawSeconds: readonly number[];
  readonly killedAtShare: number;
  /** Parts that the resumed run scored, the one among them that had not begun as well. */
  readonly partsScoredAfterKill: number;
}

interface Settings {
  readonly runs: number;
  readonly quietSeconds: number;
  readonly log: (line: string) => void;
}

type Client = Awaited<ReturnType<typeof connectClient>>;

const measuredRows = 3_000_000;
/** Ten parts, so that nine of them are 90 %. */
const killedParts = 10;
/** What one shard holds: three parts. */
const partsPerShard = 3;

export async function measurePipeline(settings: Settings): Promise<PipelineMeasurement> {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-bench-'));
  const pipelinesDir = path.join(stateDir, 'pipelines');
  const sizes = [...Array.from({ length: settings.runs }, () => measuredRows), killedParts * rowsPerPart];
  const windows = await writeBigPipeline(pipelinesDir, sizes, settings.log);
  for (const name of ['TEMPORAL_ADDRESS', 'MLFLOW_TRACKING_URI']) Reflect.deleteProperty(process.env, name);
  process.env['GAUNTLET_PIPELINES'] = pipelinesDir;
  const stack = await startDevStack({ stateDir, log: settings.log });
  try {
    const client = await connectClient(stack.settings);
    try {
      return await measureRuns({ stack, client, services: await openServices(stack.settings) }, windows, settings);
    } finally {
      await client.connection.close();
    }
  } finally {
    await stack.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

export function pipelineTargets(measured: PipelineMeasurement): readonly Target[] {
  const [orchestrated, raw] = [median(measured.orchestratedSeconds), median(measured.rawSeconds)];
  return [
    judge({
      id: 'orchestration-over-raw-scoring',
      op: '<=',
      target: 25,
      value: rounded((orchestrated / raw - 1) * 100),
      unit: '%',
      sides: [
        { name: 'orchestrated, audited, published', value: rounded(orchestrated), unit: 's' },
        { name: 'raw', value: rounded(raw), unit: 's' },
      ],
    }),
    judge({
      id: 'work-lost-by-a-kill',
      op: '<=',
      target: 1,
      value: rounded(measured.partsScoredAfterKill / partsPerShard),
      unit: 'shards',
      sides: [{ name: 'killed at', value: rounded(measured.killedAtShare * 100), unit: '%' }],
    }),
  ];
}

interface Live {
  readonly stack: DevStack;
  readonly client: Client;
  readonly services: Services;
}

async function measureRuns(
  live: Live,
  windows: readonly BigWindow[],
  settings: Settings,
): Promise<PipelineMeasurement> {
  settings.log('training and promoting the first champion of the big pipeline');
  await makeFirstChampion(live.client, { pipeline: bigPipeline, asOf: firstWindow });
  await published(live, firstWindow);
  const orchestratedSeconds: number[] = [];
  const rawSeconds: number[] = [];
  for (const { window } of windows.slice(0, -1)) {
    await waitUntilQuiet(settings.quietSeconds);
    const { seconds, snapshotDigest } = await published(live, window);
    orchestratedSeconds.push(seconds);
    await waitUntilQuiet(settings.quietSeconds);
    rawSeconds.push(await scoreBare(live, window, snapshotDigest));
    settings.log(`${window}: ${seconds.toFixed(2)} s orchestrated, ${(rawSeconds.at(-1) ?? 0).toFixed(2)} s raw`);
  }
  const killed = await killNearEnd(live, windows.at(-1)?.window ?? '');
  return { orchestratedSeconds, rawSeconds, ...killed };
}

/** Scores a window and reads from the history how long it took once its snapshot was there. */
async function published({ client }: Live, window: string) {
  const handle = await startRun(client, 'score', { pipeline: bigPipeline, window });
  const { status, summary } = (await handle.result()) as ScoreResult;
  if (status !== 'published') throw new Error(`${window} was not published: ${summary}`);
  const { steps, endedAtMs } = await readRun(handle);
  const snapshot = steps.find(({ name }) => name === 'buildScoringSnapshot');
  if (snapshot === undefined) throw new Error(`the history of ${window} has no snapshot step`);
  const { digest } = snapshot.result as { readonly digest: string };
  return { seconds: (endedAtMs - snapshot.endedAtMs) / 1_000, snapshotDigest: digest };
}

/** Our job as a process on the very parts and the very model of a published window. */
async function scoreBare({ stack, services }: Live, window: string, digest: string): Promise<number> {
  const { parts } = await services.dataset.loadSnapshot(bigPipeline, digest);
  const { files } = await services.table.load(bigPipeline, 'predictions');
  const modelDigest = files.find((file) => file.window === window)?.modelDigest ?? '';
  const { bundlePath, manifest } = await services.bundles.open(modelDigest);
  const folder = path.join(stack.settings.workDir, 'raw');
  const job: ScoringJob = {
    parts: await Promise.all(parts.map((part) => services.store.localPath(part.path))),
    features: featureNames,
    output: path.join(folder, 'output'),
    model_path: '',
    mlflow_path: '',
    lightgbm_path: '',
    bundlePath,
    modelDigest,
    decisionThreshold: manifest.decisionThreshold,
    scoreCuts: (await services.bundles.profile(modelDigest)).scores.cuts,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'job.json'), JSON.stringify(job));
  const program = builtEntry('bench/scoring/our-job.ts');
  const run = await measureProcess(process.execPath, [program, path.join(folder, 'job.json')], projectRoot());
  await rm(folder, { recursive: true });
  return run.wallSeconds;
}

/** Kills the worker once 90 % of the parts are kept, starts another one, and counts what that one scored. */
async function killNearEnd(live: Live, window: string) {
  const before = await countShardRecords(live);
  const handle = await startRun(live.client, 'score', { pipeline: bigPipeline, window });
  let kept = 0;
  while (kept < Math.floor(killedParts * 0.9)) {
    await wait(5);
    kept = (await countShardRecords(live)) - before;
  }
  await live.stack.stopWorker('SIGKILL');
  const killedAtShare = ((await countShardRecords(live)) - before) / killedParts;
  await live.stack.startWorker();
  const { status, summary } = (await handle.result()) as ScoreResult;
  if (status !== 'published') throw new Error(`${window} was not published after the kill: ${summary}`);
  const { steps } = await readRun(handle);
  const partsScoredAfterKill = steps.filter(isRepeatedShard).reduce((sum, step) => sum + partsScored(step), 0);
  return { killedAtShare, partsScoredAfterKill };
}

function isRepeatedShard({ name, attempt }: RunStep): boolean {
  return name === 'scoreShard' && attempt > 1;
}

function partsScored({ input, result }: RunStep): number {
  const { span } = input as { readonly span: { readonly parts: number } };
  return span.parts - ((result as { readonly partsTakenOver?: number }).partsTakenOver ?? 0);
}

/** Records of kept parts lie in the store, one file each. */
async function countShardRecords({ stack }: Live): Promise<number> {
  const folder = path.join(stack.settings.storeLocation, 'shards', bigPipeline);
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  return names.filter((name) => name.endsWith('.json')).length;
}

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { classifyFailures } from '../../activities/failures.js';
import type { Scorer } from '../../activities/ports/scorer.js';
import type { Store } from '../../activities/ports/store.js';
import { storeFileOf } from '../../activities/publication/table-file.js';
import type { ScorePlan } from '../../activities/scoring/begin-score.js';
import { createScoringActivities, type ScoringSnapshot } from '../../activities/scoring/scoring-activities.js';
import { verifyPipeline } from '../../activities/verify/verify-pipeline.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { ParquetRowCounter } from '../../adapters/delta/parquet-row-counter.js';
import { DuckDbDatasetBuilder } from '../../adapters/duckdb/dataset-builder.js';
import { StoredModelBundles } from '../../adapters/model-bundle/bundles.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { openStore } from '../../adapters/store/open-store.js';
import { sha256Hex } from '../../contracts/digest.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { planLadder, stepDownGround, type Rung } from '../../domain/score-ladder.js';
import { planShards } from '../../domain/shard-plan.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import type { ScoreResult } from '../../workflows/api.js';
import { ActivityWorld, runOf, stampOf } from './activity-world.js';
import { LedgerBuilder, pipeline } from './ledger.js';
import { order, ordersDefinition, type Order } from './orders.js';
import { writeParquet, runSql } from './parquet.js';
import { registerRealChallenger, registerRealModels } from './real-models.js';
import { splitEnded, splitTo } from './splits.js';

/** The window that everything here is about. */
export const realWindow = '2024-01-05';
const startedAt = '2024-06-01T00:00:00.000Z';

/** Orders of the window and of the days around it, which make it a covered one. */
export function ordersAround(inside: readonly Order[]): readonly Order[] {
  return [order({ id: 'before', day: '2024-01-04' }), ...inside, order({ id: 'after', day: '2024-01-06' })];
}

export const goodOrders = ['a', 'b', 'c'].map((id, index) => order({ id, amount: String(10 * index + 5) }));

/** SQL types of the source's columns, in the order of the fields of an order. */
const sourceColumns = {
  id: 'VARCHAR',
  shop: 'VARCHAR',
  day: 'DATE',
  amount: 'DOUBLE',
  colour: 'VARCHAR',
  returned: 'INTEGER',
} as const;

/** What stands in for a part of the machinery; everything else is real. */
export interface Changes {
  readonly store?: Store;
  readonly scoreShard?: Scorer['scoreShard'];
}

interface Continuation {
  readonly runId?: string;
  readonly steps?: Steps;
  readonly snapshot?: ScoringSnapshot;
}

/** The store of a world with some of its ways of working replaced. */
export function withStore({ world: { store } }: RealScoring, instead: Partial<Store>): Changes {
  const real: Store = {
    createIfAbsent: (file, bytes) => store.createIfAbsent(file, bytes),
    read: (file) => store.read(file),
    list: (folder) => store.list(folder),
    stage: (purpose, extension) => store.stage(purpose, extension),
    adopt: (staged, name) => store.adopt(staged, name),
    share: (file, name) => store.share(file, name),
    localPath: (file) => store.localPath(file),
    remove: (file) => store.remove(file),
    listRecursive: (folder) => store.listRecursive(folder),
  };
  return { store: { ...real, ...instead } };
}

type Steps = ReturnType<RealScoring['steps']>;

/**
 * A pipeline with everything real but the Temporal server: store, table, engine, child processes, bundles, and the
 * activities, called in the order in which the workflow calls them. Champions were `a`, then `b`; `a` scores in shadow.
 */
export class RealScoring {
  readonly world: ActivityWorld;
  readonly sourcePath: string;
  readonly scorer: Scorer;
  /** Digests of the models by letter. */
  models: Readonly<Record<'a' | 'b', string>> = { a: '', b: '' };
  /** Digest of the challenger, once it is there. */
  challenger = '';
  #trainingSnapshot = '';

  private constructor(world: ActivityWorld) {
    this.world = world;
    this.sourcePath = path.join(world.store.root, 'source', 'orders.parquet');
    this.scorer = createScorer({ maxProcesses: 2 });
  }

  static async create(orders: readonly Order[] = ordersAround(goodOrders)): Promise<RealScoring> {
    const world = await ActivityWorld.create(new LedgerBuilder());
    const made = new RealScoring(world);
    await mkdir(path.dirname(made.sourcePath));
    world.definitions.current = definitionOf(made.sourcePath);
    await made.writeOrders(orders);
    const { dataset } = made.services();
    const window = { start: `${realWindow}T00:00:00.000Z`, end: '2024-01-06T00:00:00.000Z' };
    const { current: definition } = world.definitions;
    const training = await dataset.buildSnapshot({ definition, purpose: 'labelled', window, asOf: startedAt });
    made.#trainingSnapshot = training.digest;
    made.models = await registerRealModels(world, training.digest);
    return made;
  }

  /** Replaces the source at once, as a careful writer does. Types of columns can be changed, null leaves one out. */
  async writeOrders(orders: readonly Order[], types: Readonly<Record<string, string | null>> = {}): Promise<void> {
    const chosen: Readonly<Record<string, string | null>> = { ...sourceColumns, ...types };
    const columns = Object.entries(chosen).flatMap(([name, type]) => (type === null ? [] : [{ name, type }]));
    const rows = orders.map((each) => columns.map(({ name }) => textOf(each, name)));
    await writeParquet(`${this.sourcePath}.new`, columns, rows);
    await rename(`${this.sourcePath}.new`, this.sourcePath);
  }

  /** Begins a step of the rollout of a third model, `c`; the first step also registers it. */
  async rollOut(sharePercent: number, step = 0): Promise<void> {
    if (this.challenger === '') {
      const trainingSnapshot = this.#trainingSnapshot;
      this.challenger = await registerRealChallenger(this.world, { b: this.models.b, trainingSnapshot });
    }
    const { challenger, ...event } = splitTo(sharePercent, step);
    await this.world.append({ ...event, challenger: { ...challenger, modelDigest: this.challenger } });
  }

  /** The rollout ends without its challenger: what it served is taken back. */
  async endRollout(): Promise<void> {
    const { challenger, ...event } = splitEnded();
    const revokedDigests = [this.challenger];
    await this.world.append({ ...event, revokedDigests, challenger: { ...challenger, modelDigest: this.challenger } });
  }

  services({ store = this.world.store, scoreShard }: Changes = {}) {
    const scorer = scoreShard === undefined ? this.scorer : { ...this.scorer, scoreShard };
    const tempDirectory = this.world.store.root;
    return {
      store,
      scorer,
      definitions: this.world.definitions,
      dataset: new DuckDbDatasetBuilder({ store, tempDirectory, threads: 1, memoryLimitMb: 256 }),
      table: new DeltaPredictionTable(store),
      bundles: new StoredModelBundles({ store, scorer, tempDirectory }),
      codeVersion: 'test',
      scoreTimeoutMs: 60_000,
    };
  }

  /** The activities of one worker, each in a context of its own. */
  steps(changes: Changes = {}) {
    const activities = classifyFailures(createScoringActivities(this.services(changes)));
    type Activities = typeof activities;
    const inContext =
      <K extends keyof Activities>(name: K) =>
      (args: Parameters<Activities[K]>[0]) => {
        const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
        const activity = activities[name] as (args: Parameters<Activities[K]>[0]) => ReturnType<Activities[K]>;
        return environment.run(activity, args) as ReturnType<Activities[K]>;
      };
    return {
      beginScore: inContext('beginScore'),
      buildScoringSnapshot: inContext('buildScoringSnapshot'),
      holdInvalidWindow: inContext('holdInvalidWindow'),
      keepUnscoredWindow: inContext('keepUnscoredWindow'),
      scoreShard: inContext('scoreShard'),
      publishScores: inContext('publishScores'),
    };
  }

  pin(runId: string, steps = this.steps()): Promise<ScorePlan> {
    return steps.beginScore({ input: { pipeline, window: realWindow }, run: runOf(runId, { startedAt }) });
  }

  /** One run from its pins to its result. */
  async run(runId: string, changes: Changes = {}): Promise<ScoreResult> {
    const steps = this.steps(changes);
    return this.finish(await this.pin(runId, steps), { runId, steps });
  }

  /** What follows the pins: the snapshot, unless there is one already, the scores, the audit and the publication. */
  async finish(
    plan: ScorePlan,
    { runId = 'r1', steps = this.steps(), ...given }: Continuation = {},
  ): Promise<ScoreResult> {
    const snapshot = given.snapshot ?? (await steps.buildScoringSnapshot(plan));
    const stamp = stampOf(runId);
    if (snapshot.isStopped === true) return steps.holdInvalidWindow({ plan, snapshot, stamp });
    return steps.publishScores({ plan, snapshot, ...(await scoreRungs(plan, snapshot, steps)), stamp });
  }

  /** Every file below the published table by the digest of its bytes: data files and the log. */
  async published(): Promise<Readonly<Record<string, string>>> {
    const { store, table } = this.world;
    const digests: Record<string, string> = {};
    for await (const { path: file } of store.listRecursive(table.folder(pipeline, 'predictions'))) {
      digests[file] = sha256Hex((await store.read(file)) ?? '');
    }
    return digests;
  }

  /** What verification says, by a process that has read nothing before: the checks that found something. */
  async problems(): Promise<readonly VerifyCheck[]> {
    return (await this.checks()).filter(({ problems }) => problems.length > 0);
  }

  async checks(): Promise<readonly VerifyCheck[]> {
    const store = await openStore(this.world.store.root);
    const rowCounter = new ParquetRowCounter(store.root);
    return verifyPipeline({ store, table: new DeltaPredictionTable(store), rowCounter, pipeline });
  }

  /** The rows that a version of the table serves, file by file; the newest version unless one is given. */
  async rows(version?: number): Promise<readonly (readonly Record<string, unknown>[])[]> {
    const { store } = this.world;
    const table = new DeltaPredictionTable(store);
    const { files } = await table.load(pipeline, 'predictions', version);
    const folder = table.folder(pipeline, 'predictions');
    const local = await Promise.all(files.map((file) => store.localPath(storeFileOf(folder, file))));
    return Promise.all(local.map((file) => runSql(`FROM read_parquet('${file}', file_row_number = false)`)));
  }

  /** Changes bytes behind the store's back. */
  async damage(file: string, change: (bytes: Buffer) => Buffer): Promise<void> {
    const local = path.resolve(this.world.store.root, file);
    const before = await readFile(local);
    await chmod(local, 0o644);
    await writeFile(local, change(Buffer.from(before)));
  }

  remove(): Promise<void> {
    return this.world.remove();
  }
}

/** An empty field is NULL. */
function textOf(each: Order, name: string): string | null {
  const text = each[name as keyof Order];
  return text === '' ? null : text;
}

function definitionOf(sourcePath: string): PipelineDefinition {
  const definition = ordersDefinition(sourcePath);
  const sources = { orders: { path: sourcePath, format: 'parquet' } } as const;
  return {
    ...definition,
    name: pipeline,
    registeredName: pipeline,
    dataset: { ...definition.dataset, sources },
  };
}

/** As the workflow does: down the ladder, all shards of a rung at once. */
async function scoreRungs(
  plan: ScorePlan,
  snapshot: ScoringSnapshot,
  steps: Steps,
): Promise<{ readonly rung: Rung; readonly grounds: readonly string[] }> {
  const grounds: string[] = [];
  for (const rung of planLadder(plan)) {
    const spans = planShards(snapshot.parts);
    const results = await Promise.all(spans.map((span) => steps.scoreShard({ plan, snapshot, rung, span })));
    const failed = results.find((result) => result.status === 'model-failed');
    if (failed === undefined) return { rung, grounds };
    grounds.push(stepDownGround(rung, failed.why));
  }
  throw new Error(`nothing could score: ${grounds.join(' ')}`);
}

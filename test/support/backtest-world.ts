import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createEvidenceActivities } from '../../activities/evidence/evidence-activities.js';
import type { EvaluatedFold, EvidencePlan, EvidenceServices } from '../../activities/evidence/evidence-plan.js';
import type { Registry } from '../../activities/ports/registry.js';
import {
  createTrainingActivities,
  type TrainedVersion,
  type TrainingPlan,
} from '../../activities/training/training-activities.js';
import { DuckDbDatasetBuilder } from '../../adapters/duckdb/dataset-builder.js';
import { createProber } from '../../adapters/duckdb/prober.js';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { StoredModelBundles } from '../../adapters/model-bundle/bundles.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { createReportRenderer } from '../../adapters/report/report-renderer.js';
import { createTrainer } from '../../adapters/trainer/trainer.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { ActivityWorld, runOf } from './activity-world.js';
import { LedgerBuilder, model, pipeline } from './ledger.js';
import { order, ordersDefinition, type Order } from './orders.js';
import { writeParquet } from './parquet.js';
import { testPython } from './trainer-data.js';

const dayMs = 86_400_000;
const rowsPerDay = 60;
/** The first days of the year; labels of the last are not known yet at `backtestAsOf`. */
const dayCount = 16;
export const backtestAsOf = '2024-01-16T00:00:00.000Z';
/** Rows of a day whose label takes five days instead of two. */
export const slowRowsPerDay = 10;

export function dayOf(day: number): string {
  return new Date(Date.UTC(2024, 0, day)).toISOString();
}

/** Orders whose amount says much about whether they come back, and whose colour a little. */
export function backtestOrders(): Order[] {
  const random = seededRandom(7);
  return Array.from({ length: dayCount * rowsPerDay }, (_, index) => {
    const amount = Math.round(random() * 1000) / 10;
    const colour = random() < 0.5 ? 'red' : 'blue';
    const chance = 0.1 + 0.006 * amount + (colour === 'red' ? 0.15 : 0);
    return order({
      id: `order-${String(index).padStart(5, '0')}`,
      shop: index % rowsPerDay < slowRowsPerDay ? 'slow' : 'north',
      day: dayOf(1 + Math.floor(index / rowsPerDay)).slice(0, 10),
      amount: String(amount),
      colour,
      returned: random() < chance ? '1' : '0',
    });
  });
}

/** The same labels, each in another row. */
export function permuteLabels(orders: readonly Order[]): Order[] {
  const random = seededRandom(11);
  const labels = orders.map(({ returned }) => returned);
  for (let last = labels.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [labels[last], labels[other]] = [labels[other] ?? '', labels[last] ?? ''];
  }
  return orders.map((each, index) => ({ ...each, returned: labels[index] ?? '' }));
}

/**
 * A champion that was trained by an older definition, without the colour, and a challenger by the current one; everything
 * real but the Temporal server and the registry.
 */
export class BacktestWorld {
  readonly world: ActivityWorld;
  readonly #services: EvidenceServices & Parameters<typeof createTrainingActivities>[0];

  private constructor(world: ActivityWorld) {
    this.world = world;
    const { store, definitions, table } = world;
    const scorer = createScorer({ maxProcesses: 2 });
    const tempDirectory = store.root;
    this.#services = {
      store,
      definitions,
      table,
      scorer,
      dataset: new DuckDbDatasetBuilder({ store, tempDirectory, threads: 1, memoryLimitMb: 256 }),
      bundles: new StoredModelBundles({ store, scorer, tempDirectory }),
      evaluator: createEvaluator({ tempDirectory, threads: 1 }),
      prober: createProber({ tempDirectory, memoryLimitMb: 256 }),
      renderer: createReportRenderer(),
      registry: {} as Registry,
      trainer: createTrainer({
        cwd: process.cwd(),
        resolveCommand: (word) => (word === 'python' ? testPython() : word),
      }),
      codeVersion: 'test',
      scoreTimeoutMs: 60_000,
      workFolder: path.join(store.root, 'training'),
    };
  }

  static async create(orders: readonly Order[]): Promise<BacktestWorld> {
    const world = await ActivityWorld.create(new LedgerBuilder());
    const made = new BacktestWorld(world);
    const sourcePath = path.join(world.store.root, 'source', 'orders.parquet');
    await mkdir(path.dirname(sourcePath));
    await writeOrders(sourcePath, orders);
    const current = definitionOf(sourcePath);
    const older = withFeatures(current, ['amount']);
    await made.#register({ a: await made.#trainOnce(older), b: await made.#trainOnce(current) });
    return made;
  }

  remove(): Promise<void> {
    return this.world.remove();
  }

  /** Keeps a definition whose dataset has another SQL; the current one stays. */
  async pinWithSql(change: (sql: string) => string): Promise<string> {
    const { definitions } = this.world;
    const { current } = definitions;
    definitions.current = { ...current, dataset: { ...current.dataset, sql: change(current.dataset.sql) } };
    const { digest } = await definitions.load();
    definitions.current = current;
    return digest;
  }

  plan(input: object = {}): Promise<EvidencePlan> {
    const given = { pipeline, asOf: backtestAsOf, refit: true, ...input };
    return this.#inContext(() => this.#evidence().beginBacktest({ input: given, run: runOf('backtest') }));
  }

  /** As the workflow does: both sides of each fold are trained, then scored, then compared. */
  async measure(
    plan: EvidencePlan,
  ): Promise<{ readonly folds: readonly EvaluatedFold[]; readonly report: GateReport }> {
    const folds: EvaluatedFold[] = [];
    for (const fold of plan.folds) {
      const refitted = fold.refit && {
        challenger: (await this.train(fold.refit.challenger)).modelDigest,
        champion: fold.refit.champion === null ? null : (await this.train(fold.refit.champion)).modelDigest,
      };
      folds.push(await this.evaluate(plan, fold, refitted));
    }
    const { reportDigest } = await this.#inContext(() =>
      this.#evidence().assembleGateReport({ plan, folds, probes: [] }),
    );
    const bytes = await this.world.store.read(`reports/${reportDigest}/report.json`);
    return { folds, report: JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as GateReport };
  }

  evaluate(
    plan: EvidencePlan,
    fold: EvidencePlan['folds'][number],
    refitted?: { readonly challenger: string; readonly champion: string | null },
  ): Promise<EvaluatedFold> {
    const args = { plan, fold, ...(refitted === undefined ? {} : { refitted }) };
    return this.#inContext(() => this.#evidence().evaluateFold(args));
  }

  async train(plan: TrainingPlan): Promise<TrainedVersion> {
    const steps = createTrainingActivities(this.#services);
    const snapshot = await this.#inContext(() => steps.buildTrainingSnapshot(plan));
    return this.#inContext(() => steps.trainModel({ plan, snapshot }));
  }

  #evidence() {
    return createEvidenceActivities(this.#services);
  }

  #inContext<T>(step: () => Promise<T>): Promise<T> {
    return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(step);
  }

  async #trainOnce(definition: PipelineDefinition): Promise<TrainedVersion> {
    this.world.definitions.current = definition;
    const { digest } = await this.world.definitions.load();
    const windows = {
      training: { start: dayOf(6), end: dayOf(10) },
      validation: { start: dayOf(10), end: dayOf(11) },
      knownAt: dayOf(12),
    };
    const params = definition.training.params;
    return this.train({
      runId: `once-${digest}`,
      pipeline,
      definitionDigest: digest,
      asOf: dayOf(12),
      windows,
      params,
    });
  }

  async #register(trained: Readonly<Record<'a' | 'b', TrainedVersion>>): Promise<void> {
    const story = new LedgerBuilder().promote('p1', null, 'a');
    story.append({ ...registeredEvent('b'), validationWindow: { start: dayOf(10), end: dayOf(11) } });
    for (const { record } of story.records) {
      const text = (['a', 'b'] as const).reduce(
        (event, letter) => event.replaceAll(model(letter).modelDigest, trained[letter].modelDigest),
        JSON.stringify(record.event),
      );
      await this.world.append(JSON.parse(text) as LedgerEvent, record.recordId, record.at);
    }
  }
}

function registeredEvent(letter: string): Extract<LedgerEvent, { type: 'model-registered' }> {
  return {
    type: 'model-registered',
    model: model(letter),
    definitionDigest: 'd'.repeat(64),
    trainingSnapshotDigest: 'e'.repeat(64),
    trainingWindow: { start: dayOf(6), end: dayOf(10) },
    validationWindow: { start: dayOf(10), end: dayOf(11) },
    asOf: dayOf(12),
    registryRunId: `run-${letter}`,
  };
}

async function writeOrders(sourcePath: string, orders: readonly Order[]): Promise<void> {
  const types = {
    id: 'VARCHAR',
    shop: 'VARCHAR',
    day: 'DATE',
    amount: 'DOUBLE',
    colour: 'VARCHAR',
    returned: 'INTEGER',
  };
  await writeParquet(
    sourcePath,
    Object.entries(types).map(([name, type]) => ({ name, type })),
    orders.map((each) => [each.id, each.shop, each.day, each.amount, each.colour, each.returned]),
  );
}

function definitionOf(sourcePath: string): PipelineDefinition {
  const orders = ordersDefinition(sourcePath);
  return {
    ...orders,
    name: pipeline,
    registeredName: pipeline,
    dataset: {
      ...orders.dataset,
      sources: { orders: { path: sourcePath, format: 'parquet' } },
      sql: `SELECT id, shop, day, amount, colour, returned,
                   day + INTERVAL (CASE WHEN shop = 'slow' THEN 5 ELSE 2 END) DAY AS known_at
            FROM orders WHERE day >= $window_start AND day < $window_end`,
    },
    training: {
      ...orders.training,
      command: ['python', 'trainers/lightgbm/train.py'],
      windowMs: 4 * dayMs,
      validationMs: dayMs,
      params: { trees: 8, leaves: 4, minRowsPerLeaf: 10 },
    },
    gates: [
      { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.2 },
      { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'colour', minRows: 20, harm: 0.5 },
      { mode: 'enforce', check: 'loads', tolerance: 1e-6 },
    ],
  };
}

function withFeatures(definition: PipelineDefinition, names: readonly string[]): PipelineDefinition {
  const features = definition.dataset.features.filter(({ name }) => names.includes(name));
  const gates = definition.gates.filter((gate) => gate.check !== 'worst-slice');
  return { ...definition, dataset: { ...definition.dataset, features }, gates };
}

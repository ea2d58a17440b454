import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDbDatasetBuilder } from '../../adapters/duckdb/dataset-builder.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { defaultAnalysis } from '../../domain/rollout/default-analysis.js';

/** One line of the small dataset that tests build snapshots of. An empty field is NULL. */
export interface Order {
  readonly id: string;
  readonly shop: string;
  readonly day: string;
  readonly amount: string;
  readonly colour: string;
  readonly returned: string;
}

const HEADER = 'id,shop,day,amount,colour,returned';

/** An order with nothing remarkable about it. */
export function order(fields: Partial<Order> & { readonly id: string }): Order {
  return { shop: 'north', day: '2024-01-05', amount: '10.5', colour: 'red', returned: '0', ...fields };
}

export function ordersCsv(orders: readonly Order[]): string {
  return (
    [HEADER, ...orders.map((o) => [o.id, o.shop, o.day, o.amount, o.colour, o.returned].join(','))].join('\n') + '\n'
  );
}

export const ORDERS_SQL = `
  SELECT id, shop, day, try_cast(amount AS DOUBLE) AS amount, colour, try_cast(returned AS INTEGER) AS returned,
         day + INTERVAL 2 DAY AS known_at
  FROM orders
  WHERE day >= $window_start AND day < $window_end`;

/** A whole world for dataset tests: a folder with a source, a store, and a builder on the real engine. */
export interface OrdersWorld {
  readonly root: string;
  readonly sourcePath: string;
  readonly store: OpenedStore;
  readonly definition: PipelineDefinition;
  builder(threads?: number): DuckDbDatasetBuilder;
  writeOrders(orders: readonly Order[]): Promise<void>;
  remove(): Promise<void>;
}

export async function createOrdersWorld(orders: readonly Order[]): Promise<OrdersWorld> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-orders-'));
  const sourcePath = path.join(root, 'data', 'orders.csv');
  await mkdir(path.dirname(sourcePath));
  const store = await openStore(path.join(root, 'store'));
  const writeOrders = (rows: readonly Order[]) => writeFile(sourcePath, ordersCsv(rows));
  await writeOrders(orders);
  return {
    root,
    sourcePath,
    store,
    definition: ordersDefinition(sourcePath),
    builder: (threads = 1) =>
      new DuckDbDatasetBuilder({ store, tempDirectory: path.join(root, 'spill'), threads, memoryLimitMb: 256 }),
    writeOrders,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A definition over the orders, with every field filled in. */
export function ordersDefinition(sourcePath: string): PipelineDefinition {
  const day = 86_400_000;
  return {
    name: 'orders',
    registeredName: 'orders',
    dataset: {
      sources: { orders: { path: sourcePath, format: 'csv' } },
      sql: ORDERS_SQL,
      coverage: 'SELECT min(day) AS first, max(day) AS last FROM orders',
      key: 'id',
      entity: 'shop',
      eventTime: 'day',
      sensitive: [],
      features: [
        { name: 'amount', kind: 'numeric' },
        { name: 'colour', kind: 'categorical' },
      ],
    },
    window: { everyMs: day, start: '2024-01-01T00:00:00.000Z' },
    label: {
      column: 'returned',
      kind: 'binary',
      delayMs: day,
      availableAt: 'known_at',
      minCoverage: 0.9,
      ingestionDelayMs: 0,
      weight: null,
    },
    decision: { positiveRate: 0.2, topShare: 0.1, value: null },
    baseline: { expression: 'amount / 100', threshold: 0.5 },
    training: {
      command: ['node', 'train.js'],
      windowMs: 4 * day,
      validationMs: day,
      params: {},
      seed: 1,
      timeoutMs: 60_000,
    },
    backtest: {
      folds: 3,
      foldMs: day,
      stepMs: day,
      gapMs: day,
      scheme: 'rolling',
      blocks: 'day',
      replicates: 100,
      confidence: 0.95,
      seed: 1,
    },
    gates: [{ mode: 'enforce', check: 'loads', tolerance: 1e-6 }],
    approval: {
      deadlineMs: day,
      reportMaxAgeMs: day,
      newerChallenger: 'refuse',
      quorum: 1,
      approvers: [],
      unsigned: 'accept',
    },
    rollout: [],
    watch: { cycles: 1, pollMs: 3_600_000, deadlineMs: 30 * 86_400_000 },
    analysis: defaultAnalysis('binary'),
    validation: [],
    audit: {
      minRowShare: 0.5,
      maxRowShare: 2,
      maxQuarantineShare: 0.01,
      maxMeanShift: 1,
      maxScorePsi: null,
      churn: { max: 0.5, maxSlice: 0.5, minSliceRows: 200 },
    },
    monitor: { psiLimit: 0.25, metric: 'auc', decayMargin: 0.03 },
    retrain: { cooldownMs: day, maxAgeMs: day, minNewLabelledRows: 1, maxPerWeek: 1 },
    schedules: { score: null, monitor: null, retrain: null, catchUpMs: day, paused: true },
    retention: {
      stagedAfterMs: day,
      graceMs: 7 * day,
      rollbackHorizonMs: 90 * day,
      publicationsAfterMs: null,
      snapshotsAfterMs: 30 * day,
      modelsAfterMs: null,
    },
    notify: { webhookUrl: null },
    registry: { onAliasMoved: 'alarm' },
  };
}

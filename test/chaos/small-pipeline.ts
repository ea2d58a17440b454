import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { logisticModel } from '../support/onnx-models.js';
import { runSql } from '../support/parquet.js';

/** Days with orders; the first two weeks only teach. */
const days = 31;
const ordersPerDay = 60;

/** Version of the model, by the order in which a life trains them. */
export type SmallModel = 'v1' | 'v2';

/** A pipeline over a month of orders, with a training program that takes no time: small, and everything in it is real. */
export interface SmallPipeline {
  readonly name: string;
  /** Folder for GAUNTLET_PIPELINES. */
  readonly folder: string;
  /** Training parameters that leave this model. */
  readonly leaves: (model: SmallModel) => { readonly model: string };
}

/** The first windows that can be scored. */
export const smallWindows = ['2024-01-15', '2024-01-16', '2024-01-17', '2024-01-18'] as const;

/** Writes source, models and definition into a folder of the pipeline's own. */
export async function writeSmallPipeline(root: string, name: string, webhookUrl: string): Promise<SmallPipeline> {
  const folder = path.join(root, 'pipelines');
  const place = path.join(folder, name);
  await mkdir(place, { recursive: true });
  await writeOrders(path.join(place, 'orders.parquet'));
  await writeFile(path.join(place, 'orders.sql'), ordersSql);
  await writeFile(path.join(place, 'v1.onnx'), logisticModel([0.4, 0.1], -1));
  await writeFile(path.join(place, 'v2.onnx'), logisticModel([0.5, 0.05], -1.2));
  const leaves = (model: SmallModel): { readonly model: string } => ({ model: path.join(place, `${model}.onnx`) });
  const definition = { ...definitionOf(name, leaves('v1')), notify: { webhookUrl } };
  await writeFile(path.join(place, 'pipeline.js'), `export default ${JSON.stringify(definition, null, 2)};\n`);
  return { name, folder, leaves };
}

/** The same rows whenever they are written: an order is returned the more often the more it cost. */
async function writeOrders(file: string): Promise<void> {
  await runSql(`COPY (
    SELECT 'o' || n AS id, 'shop ' || (n * 7 % 23) AS shop,
           DATE '2024-01-01' + (n // ${String(ordersPerDay)})::INTEGER AS day,
           (n * 37 % 101) / 10.0 AS amount, n * 13 % 17 AS items,
           (hash(n) % 100 < 10 + (n * 37 % 101) / 2)::BOOLEAN AS returned
    FROM range(${String(days * ordersPerDay)}) t(n) ORDER BY n
  ) TO '${file}' (FORMAT parquet)`);
}

const ordersSql = `SELECT id, shop, day, amount, items, returned, day + INTERVAL 2 DAY AS known_at
  FROM orders WHERE day >= $window_start AND day < $window_end\n`;

function definitionOf(name: string, params: object): object {
  return {
    name,
    dataset: {
      sources: { orders: 'orders.parquet' },
      sql: 'orders.sql',
      coverage: 'SELECT min(day) AS first, max(day) AS last FROM orders',
      key: 'id',
      entity: 'shop',
      eventTime: 'day',
      features: { amount: 'numeric', items: 'numeric' },
    },
    window: { every: '1 day', start: smallWindows[0] },
    label: { column: 'returned', delay: '1 day', availableAt: 'known_at' },
    decision: { positiveRate: 0.2 },
    baseline: { expression: '0.3', threshold: 0.5 },
    training: {
      command: ['node', 'test/support/processes/scripted-trainer.mjs'],
      window: '2 days',
      validation: '1 day',
      params,
      timeout: '20 seconds',
    },
    backtest: { folds: 4, fold: '1 day', gap: '1 day', replicates: 100 },
    gates: [
      { check: 'not-worse', metric: 'auc', margin: 1 },
      { check: 'loads', tolerance: 1e-6 },
    ],
    // One order in seventeen goes to quarantine, so that this is lived through too.
    validation: [{ check: 'in-range', column: 'items', max: 15, severity: 'quarantine' }],
    audit: { maxQuarantineShare: 0.2 },
    // A promotion is over with the change of champion: the next steps of a life do not wait for labels.
    watch: { cycles: 0 },
  };
}

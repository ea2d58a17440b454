import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cohortHash } from '../../contracts/cohort-hash.js';
import { saltOf } from '../../activities/rollout/begin-step.js';
import { isInCohort } from '../../domain/cohort.js';
import { approverOf } from '../support/approvers.js';
import { logisticModel } from '../support/onnx-models.js';
import { runSql } from '../support/parquet.js';
import { approvers } from './decisions.js';

/** Kinds of life: a long everyday one, the same as far as it goes with a store on S3, and one with rollouts. */
export const lifeKinds = ['everyday', 'rollout', 'bucket'] as const;
export type LifeKind = (typeof lifeKinds)[number];

/** Days with orders; the first two weeks only teach. */
const days = 31;
const ordersPerDay = 60;
const shops = [0, 1, 2, 3].map((number) => `shop ${String(number)}`);

/** Version of the model, by the order in which a life trains them. */
export type SmallModel = 'v1' | 'v2' | 'v3';

/** A pipeline over a month of orders, with a training program that takes no time: small, and everything in it is real. */
export interface SmallPipeline {
  readonly kind: LifeKind;
  readonly name: string;
  /** Folder for GAUNTLET_PIPELINES. */
  readonly folder: string;
  /** Training parameters that leave this model. */
  readonly leaves: (model: SmallModel) => { readonly model: string };
  /** From here on the definition says this. */
  readonly redefine: (change: object) => Promise<void>;
}

/** The n-th window that can be scored, from 0. */
export function smallWindow(n: number): string {
  return `2024-01-${String(15 + n)}`;
}

/** Windows whose rows are special, counted from the first that can be scored. */
export const specialWindows = {
  /** Too many rows go to quarantine. */
  held: 7,
  /** One row that the baseline fails at. */
  unscorable: 4,
  /** In a rollout: decisions of the second version differ on more rows than they may, or on nearly all. */
  doubtful: [3, 4],
  harmful: 5,
} as const;

/** Writes source, models and definition into a folder of the pipeline's own. */
export async function writeSmallPipeline(
  root: string,
  { kind, life, webhookUrl }: { readonly kind: LifeKind; readonly life: string; readonly webhookUrl: string },
): Promise<SmallPipeline> {
  const name = nameOf(kind, life);
  const folder = path.join(root, 'pipelines');
  const place = path.join(folder, name);
  await mkdir(place, { recursive: true });
  await writeOrders(path.join(place, 'orders.parquet'), kind);
  await writeFile(path.join(place, 'orders.sql'), ordersSql);
  for (const [model, [weights, bias]] of Object.entries(models))
    await writeFile(path.join(place, `${model}.onnx`), logisticModel(weights, bias));
  const leaves = (model: SmallModel): { readonly model: string } => ({ model: path.join(place, `${model}.onnx`) });
  const redefine = async (change: object): Promise<void> => {
    const definition = { ...definitionOf(name, leaves('v1')), ...extras[kind], notify: { webhookUrl }, ...change };
    await writeFile(path.join(place, 'pipeline.js'), `export default ${JSON.stringify(definition, null, 2)};\n`);
  };
  await redefine({});
  return { kind, name, folder, leaves, redefine };
}

/** The second version goes by the flag, which says nothing about the label and is rare, until it is not. */
const models = {
  v1: [[0.4, 0.1, 0], -1],
  v2: [[0.5, 0.05, 10], -1.2],
  v3: [[0.45, 0.08, 0], -1.1],
} as const;

/**
 * Whom a rollout serves with half of the entities hangs on the pipeline's name, and has to be the same in all lives: half
 * of the shops, and the same half for both rollouts.
 */
function nameOf(kind: LifeKind, life: string): string {
  if (kind !== 'rollout') return life;
  for (let tried = 0; ; tried++) {
    const name = `${life}-${tried.toString(36)}`;
    const isAsAlways = ['2', '3'].every((version) =>
      shops.every((shop, n) => isInCohort(cohortHash(saltOf(`${name}/v${version}/1`), shop), 50) === n < 2),
    );
    if (isAsAlways) return name;
  }
}

/** The same rows whenever they are written: an order is returned the more often the more it cost. */
async function writeOrders(file: string, kind: LifeKind): Promise<void> {
  const at = (window: number): string => `n // ${String(ordersPerDay)} = ${String(14 + window)}`;
  const isRollout = kind === 'rollout';
  const [held, unscorable] = isRollout ? ['false', 'false'] : [at(specialWindows.held), at(specialWindows.unscorable)];
  const flag = isRollout
    ? `CASE WHEN ${at(specialWindows.harmful)} THEN 1
            WHEN ${specialWindows.doubtful.map(at).join(' OR ')} THEN (n * 31 % 100 < 42)::INTEGER ELSE 0 END`
    : '0';
  await runSql(`COPY (
    SELECT 'o' || n AS id, 'shop ' || (n * 7 % ${String(shops.length)}) AS shop,
           DATE '2024-01-01' + (n // ${String(ordersPerDay)})::INTEGER AS day,
           CASE WHEN ${unscorable} AND n % ${String(ordersPerDay)} = 7 THEN 30 ELSE (n * 37 % 101) / 10.0 END AS amount,
           CASE WHEN ${held} AND n % 2 = 0 THEN 16 ELSE n * 13 % 17 END AS items,
           ${flag} AS flag,
           (hash(n) % 100 < 10 + (n * 37 % 101) / 2)::BOOLEAN AS returned
    FROM range(${String(days * ordersPerDay)}) t(n) ORDER BY n
  ) TO '${file}' (FORMAT parquet)`);
}

const ordersSql = `SELECT id, shop, day, amount, items, flag, returned, day + INTERVAL 1 DAY AS known_at
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
      features: { amount: 'numeric', items: 'numeric', flag: 'numeric' },
    },
    window: { every: '1 day', start: smallWindow(0) },
    label: { column: 'returned', delay: '0 days', availableAt: 'known_at' },
    decision: { positiveRate: 0.2 },
    // It fails where an amount is above 20, as no usual one is.
    baseline: { expression: '0.3 + 0 * sqrt(20 - amount)', threshold: 0.5 },
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
    audit: { maxQuarantineShare: 0.2, maxMeanShift: 100, churn: { max: 1, maxSlice: 1 } },
  };
}

const extras: Readonly<Record<LifeKind, object>> = {
  // A promotion is over with the change of champion: the next steps of a life do not wait for labels.
  everyday: { watch: { cycles: 0 }, registry: { onAliasMoved: 'restore' } },
  bucket: { watch: { cycles: 0 }, registry: { onAliasMoved: 'restore' } },
  rollout: {
    rollout: [
      { kind: 'shadow', cycles: 1 },
      { kind: 'share', sharePercent: 50, cycles: 1 },
    ],
    // Nothing but what other runs tell it wakes a promotion.
    watch: { cycles: 1, poll: '12 hours' },
    analysis: { maxChurn: 0.3, maxScorePsi: null },
    approval: { quorum: 2, approvers: approvers.map(approverOf), unsigned: 'refuse' },
  },
};

import path from 'node:path';
import { afterEach } from 'vitest';
import type { RuleReference, SnapshotRequest } from '../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet } from '../../adapters/duckdb/sql-text.js';
import { toValidationRule, validationSection, type RuleInput } from '../../contracts/validation-rules.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import type { RuleResult } from '../../domain/validation/results.js';
import { createOrdersWorld, order, ORDERS_SQL, type Order, type OrdersWorld } from './orders.js';

const fifth = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const edges: readonly Order[] = [order({ id: 'first', day: '2024-01-01' }), order({ id: 'last', day: '2024-01-09' })];

/** The amount as it stands in the source, and when a row was recorded: the colour column says so where a test needs it. */
export const TEXT_SQL = ORDERS_SQL.replace('try_cast(amount AS DOUBLE) AS amount', 'amount::VARCHAR AS amount').replace(
  'known_at',
  'known_at, try_cast(colour AS TIMESTAMP) AS recorded_at',
);

export interface Setting {
  readonly orders: readonly Partial<Order>[];
  readonly rules?: readonly RuleInput[];
  readonly purpose?: SnapshotRequest['purpose'];
  readonly maxQuarantineShare?: number;
  readonly reference?: RuleReference;
}

/** A world of orders for each test of the file that calls this, made when the test says which. */
export function useValidatedOrders() {
  let world: OrdersWorld;
  afterEach(() => world.remove());

  /** Orders before and after the fifth are there too, so that it is covered. */
  const create = async (orders: readonly Order[]): Promise<void> => {
    world = await createOrdersWorld([...edges, ...orders]);
  };
  const requestOf = ({
    rules: declared = [],
    purpose,
    maxQuarantineShare = 0.01,
    reference,
  }: Setting): SnapshotRequest => {
    const { definition } = world;
    return {
      definition: {
        ...definition,
        dataset: { ...definition.dataset, sql: TEXT_SQL },
        validation: validationSection.parse(declared).map(toValidationRule),
        audit: { ...definition.audit, maxQuarantineShare },
      },
      purpose: purpose ?? 'scoring',
      window: fifth,
      asOf: '2024-01-05T12:00:00.000Z',
      ...(reference === undefined ? {} : { reference }),
    };
  };
  return {
    get world() {
      return world;
    },
    create,
    requestOf,
    /** Orders of the fifth, keyed `k00`, `k01` … unless they say otherwise, held to rules. */
    validate: async (setting: Setting): Promise<SnapshotManifest> => {
      await create(setting.orders.map((fields, k) => order({ id: `k${String(k).padStart(2, '0')}`, ...fields })));
      const builder = world.builder();
      const { digest } = await builder.buildSnapshot(requestOf(setting));
      return builder.loadSnapshot('orders', digest);
    },
    rowsOf: async (files: readonly { readonly path: string }[]): Promise<readonly Record<string, unknown>[]> => {
      const parts = files.map((file) => path.join(world.store.root, file.path));
      const settings = {
        allowed: parts,
        tempDirectory: path.join(world.root, 'spill'),
        threads: 1,
        memoryLimitMb: 128,
      };
      return withDuckDb(settings, (connection) => queryRows(connection, `SELECT * FROM ${readParquet(parts)}`));
    },
  };
}

export function resultOf(manifest: SnapshotManifest, rule: string): RuleResult | undefined {
  return manifest.validation.results.find((result) => result.rule === rule);
}

export function many(count: number, fields: (k: number) => Partial<Order>): readonly Partial<Order>[] {
  return Array.from({ length: count }, (_, k) => ({ id: `k${String(k).padStart(4, '0')}`, ...fields(k) }));
}

/** A champion whose training rows had amounts up to 10 and above in equal shares, and no other colours than these. */
export const reference: RuleReference = {
  modelDigest: 'a'.repeat(64),
  dictionary: { colour: ['red', 'blue'] },
  profile: {
    rows: 1_000_000,
    numeric: { amount: { cuts: [10], shares: [0.5, 0.5], nullShare: 0 } },
    categorical: { colour: { values: ['red', 'blue'], shares: [0.5, 0.5], nullShare: 0 } },
    scores: { mean: 0.2, cuts: [], shares: [1] },
  },
};

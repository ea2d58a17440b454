import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SnapshotRequest } from '../../../activities/ports/dataset.js';
import type { Store } from '../../../activities/ports/store.js';
import { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import { changedStore } from '../../support/changed-store.js';
import { createOrdersWorld, order, ORDERS_SQL, type OrdersWorld } from '../../support/orders.js';

let world: OrdersWorld;
beforeEach(async () => {
  const many = Array.from({ length: 3_000 }, (_, k) => order({ id: `k${String(k)}`, amount: k === 0 ? 'nan' : '1' }));
  world = await createOrdersWorld([
    order({ id: 'a', day: '2024-01-01' }),
    ...many,
    order({ id: 'z', day: '2024-01-09' }),
  ]);
});
afterEach(() => world.remove());

const reason = new Error('the run was cancelled');

function request(signal: AbortSignal, sql = ORDERS_SQL): SnapshotRequest {
  const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
  const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
  return { definition, purpose: 'scoring', window, asOf: '2024-01-20T00:00:00.000Z', signal };
}

async function expectNothingLeft(): Promise<void> {
  const staged = await world.store.stage('look', 'tmp');
  expect(await readdir(path.dirname(staged))).toEqual([]);
  expect(await readdir(path.join(world.root, 'spill'))).toEqual([]);
  expect(await world.store.list('snapshots/orders')).toEqual([]);
}

/** A builder whose store is changed, for a build that is aborted in the middle. */
function builderOn(changes: Partial<Store>): DuckDbDatasetBuilder {
  const tempDirectory = path.join(world.root, 'spill');
  return new DuckDbDatasetBuilder({
    store: changedStore(world.store, changes),
    tempDirectory,
    threads: 1,
    memoryLimitMb: 128,
  });
}

it('ends a statement that would run for minutes, with the reason of the abort', async () => {
  const slow = `${ORDERS_SQL} AND (SELECT count(*) FROM orders a, orders b, orders c WHERE a.id || b.id < c.id) > 0`;
  const control = new AbortController();
  const abortsOnSchemas = async (file: string) => {
    // They are read when the sources are open and no row has been asked for yet.
    if (file.includes('/schemas/')) setImmediate(() => control.abort(reason));
    return world.store.read(file);
  };
  const build = builderOn({ read: abortsOnSchemas }).buildSnapshot(request(control.signal, slow));
  await expect(build).rejects.toBe(reason);
  await expectNothingLeft();
});

it('leaves no file staged that it had written before', async () => {
  const control = new AbortController();
  let written: readonly string[] = [];
  const stage = async (purpose: string, extension: string) => {
    const staged = await world.store.stage(purpose, extension);
    written = await readdir(path.dirname(staged));
    if (written.length > 0) control.abort(reason);
    return staged;
  };
  await expect(builderOn({ stage }).buildSnapshot(request(control.signal))).rejects.toBe(reason);
  expect(written).toEqual([expect.stringMatching(/^quarantine-/)]);
  await expectNothingLeft();
});

it('does not begin when it was aborted before', async () => {
  await expect(world.builder().buildSnapshot(request(AbortSignal.abort(reason)))).rejects.toBe(reason);
});

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SnapshotRequest } from '../../../activities/ports/dataset.js';
import { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import { LocalCache } from '../../../adapters/s3/local-cache.js';
import { openRemoteSources } from '../../../adapters/sources/open-remote-sources.js';
import { openStore } from '../../../adapters/store/open-store.js';
import { createOrdersWorld, type OrdersWorld } from '../../support/orders.js';
import { runSql } from '../../support/parquet.js';
import { makeTestBucket, type TestBucket } from '../../support/s3-bucket.js';

let world: OrdersWorld;
let bucket: TestBucket;
beforeEach(async () => {
  world = await createOrdersWorld([]);
  bucket = await makeTestBucket();
});
afterEach(() => world.remove());

const FILES = ['region=north/month=1/a.parquet', 'region=south/month=2/a.parquet', 'region=south/month=2/b.parquet'];

/** The same files below a folder of the disk and one of the bucket. */
async function writeLake(): Promise<string> {
  const folder = path.join(world.root, 'lake');
  for (const [index, file] of FILES.entries()) {
    const local = path.join(folder, file);
    await mkdir(path.dirname(local), { recursive: true });
    await runSql(
      `COPY (SELECT 'k${String(index)}-' || day AS id, 'north' AS shop, day, 0 AS returned
             FROM (VALUES (DATE '2024-01-01'), (DATE '2024-01-05'), (DATE '2024-01-09')) t(day))
       TO '${local}' (FORMAT parquet)`,
    );
    const Body = await readFile(local);
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: `lake/visits/${file}`, Body }));
  }
  const mark = { Bucket: bucket.name, Key: 'lake/visits/_SUCCESS', Body: new Uint8Array(), ContentLength: 0 };
  await bucket.client.send(new PutObjectCommand(mark));
  return folder;
}

function request(source: string): SnapshotRequest {
  const sql = `SELECT id, shop, day, month AS amount, region AS colour, returned, day AS known_at FROM orders
               WHERE day >= $window_start AND day < $window_end`;
  const sources = { orders: { path: source, format: 'parquet' as const } };
  return {
    definition: { ...world.definition, dataset: { ...world.definition.dataset, sources, sql } },
    purpose: 'scoring',
    window: { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' },
    asOf: '2024-01-20T00:00:00.000Z',
  };
}

it('a folder of objects gives the snapshot that the same folder of a disk gives, with its partitions', async () => {
  const folder = await writeLake();
  const cache = new LocalCache({ folder: path.join(world.root, 'cache'), maxBytes: 1e9 });
  const remote = openRemoteSources({ cache, connection: bucket.connection });
  const local = await world.builder().buildSnapshot(request(folder));
  const manifest = await world.builder().loadSnapshot('orders', local.digest);
  expect(manifest.sourceFiles?.[0]?.files?.map(({ name }) => name)).toEqual(FILES);
  expect(local.rows).toBe(3);
  const settings = { tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128, remote };
  for (const [index, below] of ['lake/visits', 'lake/visits/'].entries()) {
    // A store that knows nothing yet, or the snapshot would be found instead of built.
    const store = await openStore(path.join(world.root, `store-${String(index)}`));
    const far = await new DuckDbDatasetBuilder({ store, ...settings }).buildSnapshot(
      request(`s3://${bucket.name}/${below}`),
    );
    expect(far.digest).toBe(local.digest);
  }
});

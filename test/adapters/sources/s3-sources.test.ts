import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRemoteSources } from '../../../adapters/sources/open-remote-sources.js';
import type { LocalObject, RemoteSources } from '../../../adapters/sources/remote-sources.js';
import { LocalCache } from '../../../adapters/s3/local-cache.js';
import type { SourceFormat } from '../../../domain/source-paths.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { writeParquet } from '../../support/parquet.js';
import { makeTestBucket, type TestBucket } from '../../support/s3-bucket.js';

let bucket: TestBucket;
let proxy: FaultProxy;
let folder: string;
let sources: RemoteSources;

beforeAll(async () => {
  bucket = await makeTestBucket();
  proxy = await startFaultProxy(bucket.connection.endpoint ?? '');
});

afterAll(() => {
  proxy.close();
});

beforeEach(() => {
  folder = path.join(tmpdir(), `gauntlet-sources-${randomUUID()}`);
  const cache = new LocalCache({ folder, maxBytes: 1e9 });
  sources = openRemoteSources({ cache, connection: { ...bucket.connection, endpoint: proxy.endpoint } });
  proxy.seen();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(key: string, content: string | Uint8Array): Promise<string> {
  await bucket.client.send(
    new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: content, ContentLength: content.length }),
  );
  return `s3://${bucket.name}/${key}`;
}

const resolve = (url: string, format: SourceFormat = 'csv'): Promise<readonly LocalObject[]> =>
  sources.resolve(url, format);

const downloads = (): number => proxy.seen().filter((request) => /^GET \/[^/]+\/./.test(request)).length;

describe('one object', () => {
  it('is copied once, whole, with its version', async () => {
    const url = await put('one/flights.csv', 'a,b\n1,2\n');
    const [first] = await resolve(url);
    const [second] = await resolve(url);
    expect(first).toEqual({ ...second });
    expect(first).toMatchObject({ url, bytes: 8 });
    expect(first?.version).not.toBe('');
    expect(await readFile(first?.localPath ?? '', 'utf8')).toBe('a,b\n1,2\n');
    expect(downloads()).toBe(1);
  });

  it('has another version and another place when it is replaced, and the old copy stays', async () => {
    const url = await put('two/flights.csv', 'old');
    const [old] = await resolve(url);
    await put('two/flights.csv', 'new');
    const [fresh] = await resolve(url);
    expect(fresh?.version).not.toBe(old?.version);
    expect(await readFile(fresh?.localPath ?? '', 'utf8')).toBe('new');
    expect(await readFile(old?.localPath ?? '', 'utf8')).toBe('old');
  });

  it('is missing with an error that names it', async () => {
    const url = `s3://${bucket.name}/nothing.csv`;
    await expect(resolve(url)).rejects.toMatchObject({ type: 'SOURCE_MISSING' });
    await expect(resolve(url)).rejects.toThrow(url);
  });

  it('is missing where there is no such bucket', async () => {
    await expect(resolve('s3://no-such-bucket-here/**/x.csv')).rejects.toMatchObject({
      type: 'SOURCE_MISSING',
      problems: [{ field: 'bucket', found: 'NoSuchBucket: no-such-bucket-here' }],
    });
  });

  it('that is replaced between looking and copying is noticed', async () => {
    const url = await put('three/flights.csv', 'old');
    const listed = (await resolve(url))[0];
    await rm(folder, { recursive: true });
    proxy.failNext('GET', { do: 'answer', status: 412, code: 'PreconditionFailed' });
    await expect(resolve(url)).rejects.toMatchObject({
      type: 'SOURCE_CHANGED',
      problems: [{ field: url, expected: `version ${listed?.version ?? ''}` }],
    });
  });
});

describe('a pattern or a folder', () => {
  const keys = [
    'hive/year=2001/month=1/part-0.parquet',
    'hive/year=2001/month=2/part-0.parquet',
    'hive/year=2001/month=2/part-1.parquet',
    'hive/year=2002/month=1/part-0.parquet',
    'hive/_SUCCESS',
    'hive/year=2001/',
  ];
  const resolveKeys = async (pattern: string, format: SourceFormat = 'parquet'): Promise<readonly string[]> =>
    (await resolve(`s3://${bucket.name}/${pattern}`, format)).map(({ url }) => url.slice(bucket.name.length + 6));

  beforeAll(async () => {
    for (const [index, key] of keys.entries()) {
      const file = path.join(tmpdir(), `gauntlet-part-${randomUUID()}.parquet`);
      await writeParquet(file, [{ name: 'delay', type: 'INTEGER' }], [[index]]);
      await put(key, key.endsWith('.parquet') ? await readFile(file) : new Uint8Array());
      await rm(file);
    }
  });

  it('names every object that fits, in order, and no mark of a folder', async () => {
    expect(await resolveKeys('hive/**/*.parquet')).toEqual(keys.slice(0, 4));
    expect(await resolveKeys('hive/year=2001/*/*.parquet')).toEqual(keys.slice(0, 3));
    expect(await resolveKeys('hive/*/month=1/*')).toEqual([keys[0], keys[3]]);
    expect(await resolveKeys('hive/**')).toEqual([keys[4], ...keys.slice(0, 4)]);
  });

  it('has the wildcards that it has on a disk', async () => {
    expect(await resolveKeys('hive/year=200?/month=[2-9]/part-[!0].parquet')).toEqual([keys[2]]);
    expect(await resolveKeys('h[i]ve/year=2002/**')).toEqual([keys[3]]);
  });

  it.each(['hive', 'hive/', 'hive//'])('is a folder when no object has the name, without marks: %s', async (path) => {
    expect(await resolveKeys(path)).toEqual(keys.slice(0, 4));
    expect(await resolveKeys(path.replace('hive', 'hive/year=2001'))).toEqual(keys.slice(0, 3));
    expect(downloads()).toBe(4);
  });

  it('is a folder of the format that is asked for, which a database is not', async () => {
    for (const format of ['csv', 'duckdb'] as const) {
      await expect(resolveKeys('hive', format)).rejects.toMatchObject({ type: 'SOURCE_MISSING' });
    }
    expect(downloads()).toBe(0);
  });

  it('that fits nothing is a missing source', async () => {
    await expect(resolveKeys('hive/*.csv')).rejects.toMatchObject({ type: 'SOURCE_MISSING' });
  });

  it('keeps the folders of partitions, so that engines read their values', async () => {
    const objects = await resolve(`s3://${bucket.name}/hive/**/*.parquet`);
    const files = objects.map(({ localPath }) => `'${localPath}'`).join(', ');
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = await connection.runAndReadAll(
      `SELECT delay, year, month FROM read_parquet([${files}], hive_partitioning = true) ORDER BY delay`,
    );
    connection.disconnectSync();
    expect(rows.getRowsJson().map((row) => row.map(Number))).toEqual([
      [0, 2001, 1],
      [1, 2001, 2],
      [2, 2001, 2],
      [3, 2002, 1],
    ]);
  });

  it('takes what is new and keeps what it has', async () => {
    const pattern = `s3://${bucket.name}/growing/*.csv`;
    await put('growing/a.csv', 'a');
    await resolve(pattern);
    await put('growing/b.csv', 'b');
    proxy.seen();
    expect(await resolve(pattern)).toHaveLength(2);
    expect(downloads()).toBe(1);
    await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: 'growing/a.csv' }));
    expect((await resolve(pattern)).map(({ bytes }) => bytes)).toEqual([1]);
  });
});

describe('an address', () => {
  it.each([
    's3://bucket',
    's3://bucket/',
    's3://b/key',
    'https://bucket/key',
    '/data/x.csv',
    's3://Bucket/key',
    's3://bucket//',
  ])('%j is refused', async (url) => {
    await expect(resolve(url)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
  });
});

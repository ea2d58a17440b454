import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FileSystemStore } from '../../../adapters/store/file-system-store.js';
import { S3Store } from '../../../adapters/store/s3-store.js';
import { readSettings } from '../../../workers/settings.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { makeTestBucket, type TestBucket } from '../../support/s3-bucket.js';
import { openTestHost } from '../../support/s3-host.js';

let bucket: TestBucket;
let proxy: FaultProxy;

beforeAll(async () => {
  bucket = await makeTestBucket();
  proxy = await startFaultProxy(bucket.connection.endpoint ?? '');
});

afterAll(() => {
  proxy.close();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const open = (location: string, endpoint = bucket.connection.endpoint) =>
  openTestHost(location, { connection: { endpoint, region: 'us-east-1' } });

describe('opening a store', () => {
  it('takes a folder or a bucket', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-shared-'));
    expect((await open(folder)).store).toBeInstanceOf(FileSystemStore);
    expect((await open(`s3://${bucket.name}/${randomUUID()}`)).store).toBeInstanceOf(S3Store);
    await rm(folder, { recursive: true });
  });

  it('gives one identity, however many hosts open a new one at the same time', async () => {
    const location = `s3://${bucket.name}/${randomUUID()}`;
    const opened = await Promise.all(Array.from({ length: 8 }, () => open(location)));
    expect(new Set(opened.map(({ store }) => store.identity)).size).toBe(1);
  });

  it('takes a bucket without a prefix, and several stores in one bucket', async () => {
    const own = await makeTestBucket();
    const [whole, part] = [(await open(`s3://${own.name}`)).store, (await open(`s3://${own.name}/part/`)).store];
    expect(whole.identity).not.toBe(part.identity);
    expect(whole.locate('a/b')).toBe(`s3://${own.name}/a/b`);
    expect(part.locate('a/b')).toBe(`s3://${own.name}/part/a/b`);
  });

  it('shows what this host is writing for a bucket, and what a process that is gone left there', async () => {
    const host = await open(`s3://${bucket.name}/${randomUUID()}`);
    const { store, workDir } = host;
    const listed = async () => {
      const names = new Map<string, boolean>();
      for await (const { name, isOwnerAlive } of store.staging.listStaged()) names.set(name, isOwnerAlive);
      return names;
    };
    expect(await listed()).toEqual(new Map());
    const staged = await store.stage('rows', 'parquet');
    await writeFile(staged, 'being written');
    const own = path.basename(staged);
    const left = own.replace(/-\d+-/, '-999999999-');
    await writeFile(path.join(workDir, 'staging', left), 'left');
    expect(await listed()).toEqual(
      new Map([
        [own, true],
        [left, false],
      ]),
    );
    await store.staging.removeStaged(left);
    await expect(store.staging.removeStaged('../cache')).rejects.toThrow(TypeError);
    expect(await listed()).toEqual(new Map([[own, true]]));
    await host.close();
  });

  it('refuses a place that holds another schema', async () => {
    const prefix = randomUUID();
    const Body = '{"schemaVersion":2,"identity":"x"}';
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: `${prefix}/store.json`, Body }));
    await expect(open(`s3://${bucket.name}/${prefix}`)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('refuses a service that overwrites in spite of the condition', async () => {
    const location = `s3://${bucket.name}/${randomUUID()}`;
    await open(location);
    proxy.failNext('PUT', { do: 'answer', status: 200, code: 'OK' });
    await expect(open(location, proxy.endpoint)).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'PutObject with If-None-Match: *', found: 'a second write of one name succeeded' }],
    });
  });

  it('lets credentials that only read look at a store', async () => {
    const location = `s3://${bucket.name}/${randomUUID()}`;
    const { identity } = (await open(location)).store;
    proxy.failNext('PUT', { do: 'answer', status: 403, code: 'AccessDenied' });
    expect((await open(location, proxy.endpoint)).store.identity).toBe(identity);
  });
});

describe('what a person set wrongly', () => {
  const problemOf = (location: string, endpoint?: string) =>
    open(location, endpoint).catch((error: unknown) => (error as { problems: unknown[] }).problems[0]);

  it('is named: the bucket is not there', async () => {
    expect(await problemOf('s3://no-such-bucket-here/x')).toEqual({
      field: 'bucket',
      found: 'NoSuchBucket: no-such-bucket-here',
      expected: 'a bucket that is there: make it first',
    });
  });

  it('is named: nobody answers at the endpoint', async () => {
    expect(await problemOf('s3://bucket', 'http://127.0.0.1:9')).toMatchObject({
      field: 'GAUNTLET_S3_ENDPOINT',
      found: 'no answer at http://127.0.0.1:9 (ECONNREFUSED)',
    });
  });

  it('is named: a key or a secret that the service does not know', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    expect(await problemOf(`s3://${bucket.name}`)).toMatchObject({ field: 'AWS_SECRET_ACCESS_KEY' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'wrong');
    expect(await problemOf(`s3://${bucket.name}`)).toMatchObject({ field: 'AWS_ACCESS_KEY_ID' });
  });

  it('is named: no right to the bucket', async () => {
    proxy.failNext('GET', { do: 'answer', status: 403, code: 'AccessDenied' });
    expect(await problemOf(`s3://${bucket.name}`, proxy.endpoint)).toMatchObject({
      field: `s3://${bucket.name}`,
      found: 'AccessDenied: as planned',
    });
  });
});

describe('the settings of a store', () => {
  it('are a folder of the state folder unless something else is said', () => {
    expect(readSettings({ GAUNTLET_STATE_DIR: '/state' })).toMatchObject({
      storeLocation: '/state/store',
      s3: { endpoint: null, region: null },
      cacheBytes: 20_000_000_000,
    });
  });

  it('take an address with its service', () => {
    const GAUNTLET_S3_ENDPOINT = 'https://s3.example.com';
    expect(readSettings({ GAUNTLET_STORE: 's3://forecasts/gauntlet/', GAUNTLET_S3_ENDPOINT })).toMatchObject({
      storeLocation: 's3://forecasts/gauntlet',
      s3: { endpoint: 'https://s3.example.com', region: 'us-east-1' },
    });
    expect(readSettings({ GAUNTLET_STORE: 's3://forecasts', AWS_REGION: 'eu-central-1' }).s3).toEqual({
      endpoint: null,
      region: 'eu-central-1',
    });
  });

  it('are refused with every problem at once', () => {
    const wrong = { GAUNTLET_STORE: 's3://Forecasts/a//b', GAUNTLET_S3_ENDPOINT: 's3.example.com' };
    expect(() => readSettings(wrong)).toThrow(
      [
        'GAUNTLET_STORE (bucket): found "Forecasts", expected the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
        'GAUNTLET_STORE (prefix): found "a//b", expected names of letters, digits and _=.- joined by /',
        'GAUNTLET_S3_ENDPOINT: found "s3.example.com", expected an address such as https://s3.example.com',
      ].join('\n  - '),
    );
    expect(() => readSettings({ GAUNTLET_STORE: 'gs://bucket/x' })).toThrow('a folder, or s3://bucket/prefix');
  });
});

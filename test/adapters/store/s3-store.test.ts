import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { S3Store } from '../../../adapters/store/s3-store.js';
import { killAfterLines, startScript } from '../../support/child-process.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { makeTestBucket, type TestBucket } from '../../support/s3-bucket.js';
import { openTestHost, type TestHost } from '../../support/s3-host.js';
import { describeStoreContract, helloSha256, stageText, textOf } from './store-contract.js';

const ref = { path: 'x', sha256: helloSha256, bytes: 5 };
let bucket: TestBucket;
let proxy: FaultProxy;
let location: string;
let host: TestHost;
let store: S3Store;
const hosts: TestHost[] = [];

beforeAll(async () => {
  bucket = await makeTestBucket();
  proxy = await startFaultProxy(bucket.connection.endpoint ?? '');
});

afterAll(() => {
  proxy.close();
});

beforeEach(async () => {
  location = `s3://${bucket.name}/${randomUUID()}`;
  host = await openHost();
  store = s3StoreOf(host);
});

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((opened) => opened.close()));
});

async function openHost(options: Parameters<typeof openTestHost>[1] = {}): Promise<TestHost> {
  const opened = await openTestHost(location, options);
  hosts.push(opened);
  return opened;
}

function s3StoreOf({ store: opened }: TestHost): S3Store {
  if (opened instanceof S3Store) return opened;
  throw new Error('the store is not on S3');
}

/** Behind the store's back. */
async function overwrite(name: string, content: string): Promise<void> {
  const Key = `${location.slice(`s3://${bucket.name}/`.length)}/${name}`;
  await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: content }));
}

describeStoreContract(() => Promise.resolve(store));

describe('a store in a bucket', () => {
  it('is the same store for every host', async () => {
    const other = await openHost();
    expect(other.store.identity).toBe(host.store.identity);
    expect(await store.createIfAbsent('a', 'first')).toBe('created');
    expect(await other.store.createIfAbsent('a', 'second')).toBe('exists');
    expect(await textOf(other.store, 'a')).toBe('first');
  });

  it('has one winner among eight hosts', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => openHost()));
    for (let round = 0; round < 10; round++) {
      const name = `race/${String(round)}`;
      const outcomes = await Promise.all(opened.map((each, index) => each.store.createIfAbsent(name, String(index))));
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(await textOf(store, name)).toBe(String(outcomes.indexOf('created')));
    }
  });

  it('shares what another host wrote, and leaves nothing in its staging folder, not even after a refusal', async () => {
    const other = await openHost();
    await other.store.createIfAbsent('shadow/x', 'hello');
    await other.store.createIfAbsent('taken', 'other');
    const shared = { path: 'shadow/x', sha256: helloSha256, bytes: 5 };
    await store.share(shared, 'served/x');
    await expect(store.share(shared, 'taken')).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    expect(await textOf(other.store, 'served/x')).toBe('hello');
    expect(await readdir(path.dirname(await store.stage('look', 'txt')))).toEqual([]);
  });

  it('shares once where the answer to the write was lost', async () => {
    const throughProxy = s3StoreOf(await openHost({ connection: { ...bucket.connection, endpoint: proxy.endpoint } }));
    await store.createIfAbsent('x', 'hello');
    proxy.failNext('PUT', { do: 'reset', applied: true });
    expect(await throughProxy.share(ref, 'y')).toEqual({ ...ref, path: 'y' });
    expect(await textOf(store, 'y')).toBe('hello');
  });

  it('lists more names than one answer holds', async () => {
    const names = Array.from({ length: 1005 }, (_, index) => String(index).padStart(8, '0'));
    await inBatches(names, (name) => store.createIfAbsent(`many/${name}.json`, ''));
    expect(await store.list('many')).toEqual(names.map((name) => `${name}.json`));
    const found: string[] = [];
    for await (const file of store.listRecursive('')) found.push(file.path);
    expect(found).toEqual([...names.map((name) => `many/${name}.json`), 'store.json']);
  });

  it('tells size and age of every file below a folder', async () => {
    await store.createIfAbsent('a/b/c', 'hello');
    await store.createIfAbsent('ab/c', 'hello');
    const found = [];
    for await (const file of store.listRecursive('a')) found.push(file);
    expect(found).toEqual([{ path: 'a/b/c', bytes: 5, modifiedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string }]);
  });

  it('removes a file, its local copy too, once or twice', async () => {
    await store.createIfAbsent('x', 'hello');
    const local = await store.localPath('x');
    await store.remove('x');
    await store.remove('x');
    expect(await store.read('x')).toBeNull();
    await expect(stat(local)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('shows nothing of a file whose writer was killed, and the next one works', async () => {
    for (const lines of [1, 3, 8]) {
      await killAfterLines(startScript('create-files.ts', [location]), lines);
      const names = await store.list('files');
      for (const name of names) expect(await textOf(store, `files/${name}`)).toBe(`${name.repeat(50_000)}\n`);
      expect(await store.createIfAbsent(`next/${String(lines)}`, 'works')).toBe('created');
      for (const name of names) await store.remove(`files/${name}`);
    }
  }, 120_000);

  it('says where others find a file', () => {
    expect(store.locate('predictions/flights')).toBe(`${location}/predictions/flights`);
  });
});

describe('the local copies', () => {
  it('are made once, however many ask at a time', async () => {
    await store.createIfAbsent('x', 'hello');
    const { store: reader } = await openHost({ connection: { ...bucket.connection, endpoint: proxy.endpoint } });
    proxy.seen();
    const paths = await Promise.all(Array.from({ length: 8 }, () => reader.localPath(ref)));
    expect(new Set(paths).size).toBe(1);
    expect(proxy.seen().filter((request) => request.startsWith('GET'))).toHaveLength(1);
  });

  it('are there already for who wrote the file', async () => {
    const { store: writer } = await openHost({ connection: { ...bucket.connection, endpoint: proxy.endpoint } });
    await writer.adopt(await stageText(writer, 'hello'), 'x');
    proxy.seen();
    expect(await readFile(await writer.localPath(ref), 'utf8')).toBe('hello');
    expect(proxy.seen().map((request) => request.split(' ')[0])).toEqual(['HEAD']);
  });

  it('keep the folders of the store, so that files of one folder are together', async () => {
    await store.createIfAbsent('models/d/model.onnx', 'm');
    await store.createIfAbsent('models/d/manifest.json', '{}');
    const [one, other] = await Promise.all([
      store.localPath('models/d/model.onnx'),
      store.localPath('models/d/manifest.json'),
    ]);
    expect(path.dirname(one)).toBe(path.dirname(other));
    expect(path.basename(one)).toBe('model.onnx');
  });

  it.each(['in the process that knows it', 'in a process that finds it'])(
    'are fetched again when they were damaged, %s',
    async (where) => {
      await store.createIfAbsent('x', 'hello');
      const local = await store.localPath(ref);
      await chmod(local, 0o644);
      await writeFile(local, 'jello');
      const { store: reader } = where.includes('finds') ? await openHost({ workDir: host.workDir }) : host;
      expect(await reader.localPath(ref)).toBe(local);
      expect(await readFile(local, 'utf8')).toBe('hello');
    },
  );

  it('notice a file that was replaced in the bucket', async () => {
    await store.createIfAbsent('x', 'hello');
    await store.localPath(ref);
    await overwrite('x', 'jello');
    await expect(store.localPath(ref)).rejects.toMatchObject({ type: 'STORE_MISMATCH', problems: [{ field: 'x' }] });
  });

  it('notice a file that is gone from the bucket', async () => {
    await store.createIfAbsent('x', 'hello');
    await store.localPath(ref);
    await s3StoreOf(await openHost()).remove('x');
    await expect(store.localPath(ref)).rejects.toMatchObject({ problems: [{ field: 'x', found: 'no file' }] });
  });

  it('give way when they take too much, those first that nobody asked for longest', async () => {
    const small = await openHost({ cacheBytes: 2_500 });
    for (const name of ['a', 'b', 'c']) await store.createIfAbsent(name, name.repeat(1_000));
    const [a, b] = [await small.store.localPath('a'), await small.store.localPath('b')];
    await askedHoursAgo(small, { a: 2, b: 3 });
    const c = await small.store.localPath('c');
    expect(await Promise.all([a, b, c].map(isThere))).toEqual([true, false, true]);
    expect(await readFile(await small.store.localPath('b'), 'utf8')).toBe('b'.repeat(1_000));
  });

  it('stay while somebody may still read them, however little room there is', async () => {
    const small = await openHost({ cacheBytes: 1 });
    for (const name of ['a', 'b', 'c']) await store.createIfAbsent(name, name);
    const paths = [];
    for (const name of ['a', 'b', 'c']) paths.push(await small.store.localPath(name));
    expect(await Promise.all(paths.map(isThere))).toEqual([true, true, true]);
  });

  it('never show half a download', async () => {
    await store.createIfAbsent('big', 'x'.repeat(300_000));
    const reader = await openHost({ connection: { ...bucket.connection, endpoint: proxy.endpoint } });
    proxy.failNext('GET', { do: 'cut-answer' }, { do: 'answer', status: 503, code: 'SlowDown' });
    expect((await stat(await reader.store.localPath('big'))).size).toBe(300_000);
    expect(await readdir(path.join(reader.workDir, 'cache', 'partial'))).toEqual([]);
  });
});

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** As if the copies had been asked for that long ago. */
async function askedHoursAgo({ workDir }: TestHost, hours: Readonly<Record<string, number>>): Promise<void> {
  const notes = path.join(workDir, 'cache', 'notes');
  for (const file of await readdir(notes, { recursive: true })) {
    const ago = hours[path.basename(file, '.json')];
    const at = new Date(Date.now() - (ago ?? 0) * 3_600_000);
    if (ago !== undefined) await utimes(path.join(notes, file), at, at);
  }
}

async function inBatches<T>(items: readonly T[], use: (item: T) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < items.length; first += 64) {
    await Promise.all(items.slice(first, first + 64).map(use));
  }
}

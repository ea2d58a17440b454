import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SharedStore } from '../../../adapters/store/open-shared-store.js';
import { startFaultProxy, type Fault, type FaultProxy } from '../../support/fault-proxy.js';
import { makeTestBucket, type TestBucket } from '../../support/s3-bucket.js';
import { openTestHost, type TestHost } from '../../support/s3-host.js';
import { helloSha256, stageText, textOf } from './store-contract.js';

let bucket: TestBucket;
let proxy: FaultProxy;
let host: TestHost;
let store: SharedStore;
let prefix: string;

beforeAll(async () => {
  bucket = await makeTestBucket();
  proxy = await startFaultProxy(bucket.connection.endpoint ?? '');
});

afterAll(() => {
  proxy.close();
});

afterEach(() => host.close());

beforeEach(async () => {
  proxy.recover();
  prefix = randomUUID();
  const connection = { ...bucket.connection, endpoint: proxy.endpoint };
  host = await openTestHost(`s3://${bucket.name}/${prefix}`, { connection });
  store = host.store;
});

const conflict: Fault = { do: 'answer', status: 409, code: 'ConditionalRequestConflict' };
const slowDown: Fault = { do: 'answer', status: 503, code: 'SlowDown' };
const broken: Fault = { do: 'answer', status: 500, code: 'InternalError' };
const brokenAfter: Fault = { ...broken, applied: true };
const reset: Fault = { do: 'reset', applied: false };
const resetAfter: Fault = { do: 'reset', applied: true };

const notApplied: readonly [string, readonly Fault[]][] = [
  ['a conflict of conditional writes', [conflict]],
  ['three conflicts', [conflict, conflict, conflict]],
  ['a service that is too busy', [slowDown]],
  ['an error of the service', [broken, broken]],
  ['a connection that breaks before the answer', [reset]],
  ['one thing after the other', [conflict, reset, slowDown]],
];
const applied: readonly [string, readonly Fault[]][] = [
  ['an error of the service after it wrote', [brokenAfter]],
  ['a connection that breaks after it wrote', [resetAfter]],
  ['a conflict, then a connection that breaks after it wrote', [conflict, resetAfter]],
];

describe('creating a file', () => {
  it.each(notApplied)('happens in spite of %s', async (_what, faults) => {
    proxy.failNext('PUT', ...faults);
    expect(await store.createIfAbsent('x', 'hello')).toBe('created');
    expect(await textOf(store, 'x')).toBe('hello');
  });

  it.each(applied)('is not done twice after %s', async (_what, faults) => {
    proxy.failNext('PUT', ...faults);
    // Somebody has created it, perhaps we: who gets this answer compares with what is there.
    expect(await store.createIfAbsent('x', 'hello')).toBe('exists');
    expect(await textOf(store, 'x')).toBe('hello');
  });

  it.each([...notApplied, ...applied])('never replaces what was there, whatever happens: %s', async (_what, faults) => {
    await store.createIfAbsent('x', 'first');
    proxy.failNext('PUT', ...faults);
    expect(await store.createIfAbsent('x', 'second')).toBe('exists');
    expect(await textOf(store, 'x')).toBe('first');
  });

  it('fails in the end while the service is away, and leaves nothing', async () => {
    proxy.failNext('PUT', ...Array.from({ length: 12 }, () => broken));
    await expect(store.createIfAbsent('x', 'hello')).rejects.toMatchObject({ name: 'InternalError' });
    proxy.recover();
    expect(await store.read('x')).toBeNull();
    expect(await store.createIfAbsent('x', 'hello')).toBe('created');
  });

  it('fails at once where it is refused', async () => {
    proxy.failNext('PUT', { do: 'answer', status: 403, code: 'AccessDenied' });
    await expect(store.createIfAbsent('x', 'hello')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('adopting a staged file', () => {
  it.each([...notApplied, ...applied])('happens once in spite of %s', async (_what, faults) => {
    proxy.failNext('PUT', ...faults);
    const file = await store.adopt(await stageText(store, 'hello'), 'x');
    expect(file).toEqual({ path: 'x', sha256: helloSha256, bytes: 5 });
    expect(await textOf(store, 'x')).toBe('hello');
  });

  it.each(applied)('does not take another file for its own after %s', async (_what, faults) => {
    await store.createIfAbsent('x', 'other');
    proxy.failNext('PUT', ...faults);
    const outcome = store.adopt(await stageText(store, 'hello'), 'x');
    await expect(outcome).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    expect(await textOf(store, 'x')).toBe('other');
  });

  it('keeps the staged file when it fails, so that it can be tried again', async () => {
    const staged = await stageText(store, 'hello');
    proxy.failNext('PUT', ...Array.from({ length: 12 }, () => broken));
    await expect(store.adopt(staged, 'x')).rejects.toMatchObject({ name: 'InternalError' });
    proxy.recover();
    expect(await store.adopt(staged, 'x')).toMatchObject({ sha256: helloSha256 });
  });
});

describe('reading', () => {
  it.each([
    ['a service that is too busy', slowDown],
    ['a connection that breaks', reset],
  ])('goes on after %s', async (_what, fault) => {
    await store.createIfAbsent('x', 'hello');
    proxy.failNext('GET', fault);
    expect(await textOf(store, 'x')).toBe('hello');
    proxy.failNext('GET', fault);
    expect(await store.list('')).toEqual(['store.json', 'x']);
  });

  it('does not take an error for an absent file', async () => {
    proxy.failNext('GET', ...Array.from({ length: 3 }, () => broken));
    await expect(store.read('x')).rejects.toMatchObject({ name: 'InternalError' });
  });
});

describe('a file that is cut off while it is sent', () => {
  it('is never seen', async () => {
    const { hostname, port } = new URL(bucket.connection.endpoint ?? '');
    const path = `/${bucket.name}/${prefix}/torn`;
    await new Promise<void>((resolve) => {
      const upload = request({ hostname, port, path, method: 'PUT', headers: { 'content-length': 100 } });
      upload.on('error', () => resolve()).on('response', () => resolve());
      upload.write('half', () => upload.destroy());
      upload.on('close', () => resolve());
    });
    expect(await store.read('torn')).toBeNull();
    expect(await store.list('')).toEqual(['store.json']);
  });
});

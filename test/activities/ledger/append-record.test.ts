import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendRecord } from '../../../activities/ledger/append-record.js';
import { readLedger, readLedgerAfresh } from '../../../activities/ledger/read-ledger.js';
import { readChain } from '../../../activities/verify/read-chain.js';
import type { Store } from '../../../activities/ports/store.js';
import { canonicalJson } from '../../../contracts/digest.js';
import { outputOf, startScript } from '../../support/child-process.js';
import { entryOf, LedgerBuilder, opened, pipeline, registered } from '../../support/ledger.js';
import { makeTestBucket } from '../../support/s3-bucket.js';
import { openTestHost, type TestHost } from '../../support/s3-host.js';
import { MemoryStore } from '../../support/memory-store.js';

const skip = (recordId: string) =>
  entryOf({ type: 'retrain-decided', asOf: '2001-03-05T00:00:00.000Z', decision: 'skip', grounds: [] }, { recordId });

describe('appending', () => {
  it('numbers records from 1 and chains them by hash', async () => {
    const store = new MemoryStore();
    await appendRecord(store, pipeline, skip('one'));
    await appendRecord(store, pipeline, skip('two'));
    const { records, state } = await readLedgerAfresh(store, pipeline);
    expect(records.map(({ record }) => [record.number, record.recordId])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    expect(records[0]?.record.previousHash).toBeNull();
    expect(records[1]?.record.previousHash).toBe(records[0]?.hash);
    expect(state.head).toEqual({ number: 2, hash: records[1]?.hash });
    expect([...store.files.keys()]).toEqual(['ledger/flights/00000001.json', 'ledger/flights/00000002.json']);
  });

  it('gives back the record that is there when its id was appended before', async () => {
    const store = new MemoryStore();
    const first = await appendRecord(store, pipeline, skip('one'));
    await appendRecord(store, pipeline, skip('two'));
    const again = await appendRecord(store, pipeline, skip('one'));
    expect(again).toMatchObject({ status: 'existing', record: { number: 1 } });
    expect(again.status === 'existing' && first.status === 'appended' && again.hash === first.hash).toBe(true);
    expect(store.files.size).toBe(2);
  });

  it('writes nothing for an entry that breaks a rule, and says every reason', async () => {
    const store = new MemoryStore();
    const result = await appendRecord(store, pipeline, entryOf(opened('p', 'a')));
    expect(result).toMatchObject({
      status: 'refused',
      problems: [{ field: 'challenger.modelDigest' }, { field: 'champion' }],
    });
    expect(store.files.size).toBe(0);
  });

  it('asks a decision again on the ledger that won the race', async () => {
    const store = new MemoryStore();
    let asked = 0;
    const result = await appendRecord(store, pipeline, (state) => {
      if (asked++ === 0) {
        const { records } = new LedgerBuilder().append(registered('a'));
        const [first] = records;
        store.files.set('ledger/flights/00000001.json', new TextEncoder().encode(`${canonicalJson(first?.record)}\n`));
      }
      return state.models.size > 0 ? null : skip('late');
    });
    expect(result.status).toBe('declined');
    expect(asked).toBe(2);
  });

  it('does not write what it could not read back', async () => {
    const entry = skip('one');
    await expect(appendRecord(new MemoryStore(), pipeline, { ...entry, at: '2001-03-05' })).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'at' }],
    });
  });
});

describe('a ledger that was tampered with', () => {
  const written = (): MemoryStore => {
    const store = new MemoryStore();
    new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').writeTo(store);
    return store;
  };
  const file = (number: number): string => `ledger/flights/${String(number).padStart(8, '0')}.json`;
  const edit = (store: MemoryStore, number: number, change: (text: string) => string): void => {
    const before = new TextDecoder().decode(store.files.get(file(number)));
    const after = change(before);
    expect(after).not.toBe(before);
    store.files.set(file(number), new TextEncoder().encode(after));
  };

  it('a changed value is found by the next record, which the one after that vouches for', async () => {
    const store = written();
    edit(store, 3, (text) => text.replace('"pass"', '"fail"'));
    const failure = readLedger(store, pipeline);
    await expect(failure).rejects.toThrow(`ledger record 3 (${file(3)}) cannot be trusted. Stop writing, and put`);
    const { check, records } = await readChain(store, pipeline);
    await expect(failure).rejects.toMatchObject({ problems: check.problems });
    expect(records).toHaveLength(2);
    expect(check.badRecord).toMatchObject({ number: 3 });
    expect(check.problems[0]?.field).toBe(file(3));
  });

  it.each<[string, (store: MemoryStore) => void, number, string]>([
    ['an unknown field is found', (s) => edit(s, 3, (t) => t.replace('"at"', '"extra":1,"at"')), 3, 'record'],
    [
      'a field of the wrong type is found',
      (s) => edit(s, 3, (t) => t.replace('"decisionEpoch":0', '"decisionEpoch":"0"')),
      3,
      'event.decisionEpoch',
    ],
    ['a torn record is found', (s) => edit(s, 3, (t) => t.slice(0, 40)), 3, 'record'],
    ['other white space is found', (s) => edit(s, 3, (t) => `${t}\n`), 3, 'record'],
    [
      'a record of another pipeline is found',
      (s) => edit(s, 14, (t) => t.replace('"pipeline":"flights"', '"pipeline":"trains"')),
      14,
      'pipeline',
    ],
    ['a deleted record is found', (s) => void s.files.delete(file(5)), 5, file(5)],
    ['a swapped record is found', (s) => s.files.set(file(3), s.files.get(file(4)) ?? new Uint8Array()), 3, 'number'],
  ])('%s', async (_rule, tamper, number, field) => {
    const store = written();
    tamper(store);
    await expect(readLedger(store, pipeline)).rejects.toMatchObject({
      type: 'LEDGER_CORRUPT',
      problems: expect.arrayContaining([
        expect.objectContaining({ field: expect.stringContaining(field) as unknown }),
      ]) as unknown,
    });
    await expect(readLedger(store, pipeline)).rejects.toThrow(`ledger record ${String(number)} `);
    const { check, records } = await readChain(store, pipeline);
    expect(records).toHaveLength(number - 1);
    expect(check.problems[0]?.field).toContain(file(number));
  });

  it('is found for every byte of every record but the last', async () => {
    const original = written();
    for (const [name, bytes] of original.files) {
      if (name === file(14)) continue;
      for (let index = 0; index < bytes.length; index += 7) {
        const store = MemoryStore.copyOf(original.files);
        const changed = Uint8Array.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ 1;
        store.files.set(name, changed);
        await expect(readLedger(store, pipeline)).rejects.toMatchObject({ type: 'LEDGER_CORRUPT' });
      }
    }
  });

  it('is not extended', async () => {
    const store = written();
    edit(store, 3, (text) => text.slice(1));
    await expect(appendRecord(store, pipeline, skip('next'))).rejects.toMatchObject({ type: 'LEDGER_CORRUPT' });
  });
});

describe.each([
  { place: 'a folder', each: 50 },
  // An append takes some requests to a server there, all of them on this machine.
  { place: 'a bucket', each: 15 },
])('many processes on a store in $place', ({ place, each }) => {
  const writers = Array.from({ length: 8 }, (_, index) => `writer-${String(index)}`);
  let root: string;
  let host: TestHost;
  let store: Store;

  beforeAll(async () => {
    root =
      place === 'a folder'
        ? await mkdtemp(path.join(tmpdir(), 'gauntlet-race-'))
        : `s3://${(await makeTestBucket()).name}`;
    host = await openTestHost(root);
    store = host.store;
  });

  afterAll(async () => {
    await host.close();
    if (place === 'a folder') await rm(root, { recursive: true, force: true });
  });

  it(`append ${String(each)} records each: an unbroken chain, no gap, no record twice, each in its writer’s order`, async () => {
    const outputs = await Promise.all(
      writers.map((writer) => outputOf(startScript('append-records.ts', [root, writer, String(each)]))),
    );
    const { records } = await readLedgerAfresh(store, pipeline);
    expect(records).toHaveLength(8 * each);
    expect((await readChain(store, pipeline)).check).toMatchObject({ checked: 8 * each, problems: [] });
    expect(new Set(records.map(({ record }) => record.recordId)).size).toBe(8 * each);
    const claimed = outputs.flatMap((output) => output.trim().split('\n').map(Number));
    expect(claimed.sort((a, b) => a - b)).toEqual(Array.from({ length: 8 * each }, (_, index) => index + 1));
    for (const writer of writers) {
      const own = records.filter(({ record }) => record.actor.name === writer).map(({ record }) => record.recordId);
      expect(own).toEqual(Array.from({ length: each }, (_, index) => `${writer}/${String(index)}`));
    }
  }, 180_000);

  it('killed while they append leave a chain that the next one extends', async () => {
    for (const [round, appended] of [3, 7, 12].entries()) {
      const children = writers
        .slice(0, 3)
        .map((writer) => startScript('append-records.ts', [root, `${writer}-${String(round)}`, '1000']));
      const ends = children.map((child) => outputOf(child).catch(() => ''));
      const before = (await readLedger(store, pipeline)).records.length;
      while ((await store.list(`ledger/${pipeline}`)).length < before + appended) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
      expect((await readChain(store, pipeline)).check.problems).toEqual([]);
      expect((await appendRecord(store, pipeline, skip(`after ${String(round)}`))).status).toBe('appended');
    }
  }, 120_000);
});

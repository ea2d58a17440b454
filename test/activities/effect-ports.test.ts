import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { storedEffect, withCrashPoints } from '../../activities/effect-ports.js';
import type { Notifier } from '../../activities/ports/notifier.js';
import { canonicalJson } from '../../contracts/digest.js';
import { sealRecord } from '../../contracts/ledger-record.js';
import { entryOf, LedgerBuilder, opened, pipeline } from '../support/ledger.js';
import { MemoryStore } from '../support/memory-store.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { info, tableFile } from '../support/publications.js';

let folder: string;
let trace: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-points-'));
  trace = path.join(folder, 'trace');
  vi.stubEnv('GAUNTLET_CRASH_TRACE', trace);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function passed(): Promise<readonly string[]> {
  const text = await readFile(trace, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('#')[0] ?? '']));
}

describe('a port with crash points', () => {
  it('passes one before and one after each effect, and none where it only reads', async () => {
    const store = withCrashPoints.store(new MemoryStore());
    await store.createIfAbsent('reports/d/report.json', '{}');
    await store.read('reports/d/report.json');
    await store.list('reports');
    await store.remove('reports/d/report.json');
    expect(await passed()).toEqual(['before-report', 'after-report', 'before-remove', 'after-remove']);
  });

  it('does not pass the one after where the effect failed', async () => {
    const broken: Notifier = { notify: () => Promise.reject(new Error('no answer')) };
    await expect(withCrashPoints.notifier(broken).notify('http://x', {})).rejects.toThrow('no answer');
    expect(await passed()).toEqual(['before-notify']);
  });

  it('names a ledger record by its type', async () => {
    const store = withCrashPoints.store(new MemoryStore());
    const { bytes } = sealRecord(pipeline, { number: 0, hash: null }, entryOf(opened('p1', 'a')));
    await store.createIfAbsent('ledger/flights/00000001.json', bytes);
    expect(await passed()).toEqual(['before-record-promotion-opened', 'after-record-promotion-opened']);
  });

  it('tells publications from replacements, and stands around the commit rather than its file', async () => {
    const store = withCrashPoints.store(new MemoryStore());
    const table = withCrashPoints.table(new DeltaPredictionTable(store));
    const own = { ledgerNumber: 0, ledgerHash: null, decisionEpoch: 1, windows: ['2001-03-05'], ...info };
    const add = [tableFile({ decisionEpoch: 1 })];
    await table.commit(pipeline, 'predictions', 0, {
      add,
      remove: [],
      info: { ...own, operation: 'publish', identity: 'x' },
    });
    await table.commit(pipeline, 'predictions', 1, {
      add: [],
      remove: [],
      info: { ...own, operation: 'rollback', identity: 'r' },
    });
    expect(await passed()).toEqual([
      'before-served-commit',
      'after-served-commit',
      'before-replace-commit',
      'after-replace-commit',
    ]);
  });

  it('stands still where a plan says so that was made after its start, and does it when it is let go', async () => {
    const [plan, release] = ['plan', 'release'].map((name) => path.join(folder, name)) as [string, string];
    vi.stubEnv('GAUNTLET_CRASH_PLAN', plan);
    vi.stubEnv('GAUNTLET_CRASH_RELEASE', release);
    await writeFile(plan, '');
    const memory = new MemoryStore();
    const store = withCrashPoints.store(memory);
    // Other tests have passed this point in this process, so the plan counts on from there.
    await store.createIfAbsent('plans/p/first.json', '{}');
    const [line = ''] = (await readFile(trace, 'utf8')).split('\n');
    const passes = Number(/^before-plan#(\d+)/.exec(line)?.[1]);
    await writeFile(plan, `before-plan#${String(passes + 1)} port hang\n`);
    const writing = store.createIfAbsent('plans/p/second.json', '{}');
    await vi.waitFor(async () => expect((await passed()).filter((point) => point === 'before-plan')).toHaveLength(2));
    expect(await memory.read('plans/p/second.json')).toBeNull();
    await writeFile(release, '');
    await writing;
    expect(await memory.read('plans/p/second.json')).not.toBeNull();
  });

  it('is the port itself where nobody plans a crash', () => {
    vi.unstubAllEnvs();
    const store = new MemoryStore();
    expect(withCrashPoints.store(store)).toBe(store);
  });
});

describe('the effect of a file in the store', () => {
  const [record] = new LedgerBuilder().promote('p1', null, 'a').records;

  it.each([
    ['definitions/d/definition.json', '', 'definition'],
    ['ledger/p/00000001.json', canonicalJson(record?.record), 'record-model-registered'],
    ['snapshots/p/d/part-00000.parquet', '', 'snapshot-part'],
    ['snapshots/p/d/manifest.json', '', 'snapshot-manifest'],
    ['snapshots/p/requests/d.json', '', 'snapshot-request'],
    ['snapshots/p/schemas/d.json', '', 'source-schema'],
    ['quarantine/p/d.parquet', '', 'quarantine'],
    ['models/d/model.onnx', '', 'model-file'],
    ['models/d/manifest.json', '', 'model-manifest'],
    ['evaluations/p/d.parquet', '', 'evaluation'],
    ['reports/d/report.json', '', 'report'],
    ['shards/p/r/x/part-00000.json', '', 'shard-record'],
    ['predictions/p/window=2001-03-05/x.parquet', '', 'table-file'],
    ['predictions/p/_delta_log/00000000000000000000.json', '', 'leaves nothing'],
    ['plans/p/d.json', '', 'plan'],
    ['corrections/p/x.parquet', '', 'corrections'],
  ])('of %s', (file, content, effect) => {
    expect(storedEffect(file, content)).toBe(effect);
  });

  it('is unknown in a folder that nobody has thought of, which fails loudly', () => {
    expect(() => storedEffect('approvals/x.json', '')).toThrow("store's folder approvals");
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendRecord } from '../../../activities/ledger/append-record.js';
import { adoptTableFile } from '../../../activities/publication/table-file.js';
import { publishWindow } from '../../../activities/publication/publish-window.js';
import { replacePredictions } from '../../../activities/publication/replace-predictions.js';
import { DeltaPredictionTable } from '../../../adapters/delta/delta-prediction-table.js';
import { ParquetRowCounter } from '../../../adapters/delta/parquet-row-counter.js';
import { openStore, type OpenedStore } from '../../../adapters/store/open-store.js';
import type { CommitInfo, TableFile } from '../../../domain/published-table.js';
import { digest, entryOf, hour, model, pipeline, rolledBack } from '../../support/ledger.js';
import { writeParquet } from '../../support/parquet.js';
import { info, tableFile, TestProcess, twoChampions } from '../../support/publications.js';

const columns = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'score', type: 'FLOAT' },
  { name: 'decision', type: 'BOOLEAN' },
  { name: 'model_digest', type: 'VARCHAR' },
  { name: 'cohort', type: 'VARCHAR' },
  { name: 'run_identity', type: 'VARCHAR' },
];
type Row = readonly [key: string, score: number, decision: boolean];
interface Seen {
  readonly protocol: readonly number[];
  readonly partitions: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly operations: readonly string[];
  readonly deltalake: readonly (readonly unknown[])[];
  readonly polars: readonly (readonly unknown[])[];
  readonly transaction: number;
}

describe('a table as the public readers see it', () => {
  const windows = ['2001-03-05', '2001-03-06T12-00-00.000Z', '2001-03-07'] as const;
  const rows: Readonly<Record<string, readonly Row[]>> = {
    [windows[0]]: [
      ['r1', 0.25, false],
      ['r2', 0.75, true],
    ],
    [windows[1]]: [['r3', 0.5, true]],
  };
  let root: string;
  let store: OpenedStore;
  let table: DeltaPredictionTable;
  let seen: Seen;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'gauntlet-delta-'));
    store = await openStore(root);
    table = new DeltaPredictionTable(store);
    for (const [name, bytes] of twoChampions()) await store.createIfAbsent(name, bytes);
    for (const window of windows) await publish(window);
    await rollBack();
    seen = await readWithPython();
  }, 120_000);

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function adopt(window: string, letter: string, run: string, decisionEpoch: number): Promise<TableFile> {
    const content = rows[window] ?? [];
    const stagedPath = await store.stage('scores', 'parquet');
    const cells = content.map((row) => [...row, model(letter).modelDigest, 'champion', digest(run)]);
    await writeParquet(stagedPath, columns, cells);
    const { windowEnd, snapshotDigest } = tableFile();
    const made = { modelDigest: model(letter).modelDigest, runIdentity: digest(run), rows: content.length };
    const facts = { window, windowEnd, snapshotDigest, decisionEpoch, ...made };
    return adoptTableFile({ store, table, pipeline, name: 'predictions', stagedPath, facts });
  }

  async function publish(window: string): Promise<void> {
    const served = rows[window] === undefined ? [] : [await adopt(window, 'b', window, 2)];
    const pins = { pipeline, decisionEpoch: 2, champion: model('b'), ledger: { number: 0, hash: null } };
    const runIdentity = digest(window);
    const result = await publishWindow({ store, table, pins, runIdentity, window, served, shadows: [], info });
    expect(result.status).toBe('published');
  }

  async function rollBack(): Promise<void> {
    await appendRecord(store, pipeline, entryOf(rolledBack('r', 'b', 'a')));
    const provide = async (request: { readonly window: string; readonly decisionEpoch: number }) => [
      await adopt(request.window, 'a', `again ${request.window}`, request.decisionEpoch),
    ];
    const result = await replacePredictions({ store, table, pipeline, rollbackId: 'r', info, provide });
    expect(result.windows.map(({ window }) => window)).toEqual(windows.slice(0, 2));
  }

  async function readWithPython(): Promise<Seen> {
    const python = process.env['GAUNTLET_TEST_PYTHON'];
    if (python === undefined) throw new Error('GAUNTLET_TEST_PYTHON is not set; the global setup provides it');
    const script = fileURLToPath(new URL('./read_versions.py', import.meta.url));
    const uri = path.join(root, table.folder(pipeline, 'predictions'));
    const { stdout } = await promisify(execFile)(python, [script, uri, 'r:3']);
    return JSON.parse(stdout) as Seen;
  }

  function shown(window: string, letter: string, run: string): readonly unknown[] {
    return (rows[window] ?? []).map((row) => [...row, model(letter).modelDigest, 'champion', digest(run), window]);
  }

  it('has the same rows in every version for deltalake and Polars', () => {
    const first = shown(windows[0], 'b', windows[0]);
    const second = [...first, ...shown(windows[1], 'b', windows[1])];
    const replaced = [0, 1].flatMap((index) => shown(windows[index] ?? '', 'a', `again ${windows[index] ?? ''}`));
    const expected = [first, second, second, replaced];
    expect(seen.deltalake).toEqual(expected);
    expect(seen.polars).toEqual(expected);
  });

  it('keeps everything for time travel, by a protocol that every reader knows', () => {
    expect(seen.protocol).toEqual([1, 2]);
    expect(seen.partitions).toEqual(['window']);
    expect(seen.configuration).toEqual({
      'delta.logRetentionDuration': 'interval 36500 days',
      'delta.deletedFileRetentionDuration': 'interval 36500 days',
      'delta.enableExpiredLogCleanup': 'false',
    });
    expect(seen.operations).toEqual(['publish', 'publish', 'publish', 'rollback']);
    expect(seen.transaction).toBe(3);
  });

  it('shows our own reader the same versions', async () => {
    const counts = await Promise.all([0, 1, 2, 3].map((version) => table.load(pipeline, 'predictions', version)));
    expect(counts.map(({ files }) => files.reduce((sum, file) => sum + file.rows, 0))).toEqual([2, 3, 3, 3]);
    expect(counts.map(({ windows: published }) => published.size)).toEqual([1, 2, 3, 3]);
  });

  it('knows a window that was published as empty', async () => {
    const { windows: published } = await table.load(pipeline, 'predictions');
    expect(published.get(windows[2])).toEqual({
      window: windows[2],
      identity: digest(windows[2]),
      decisionEpoch: 2,
      version: 2,
      rows: 0,
    });
  });

  it('has files whose footers count the rows that the log says', async () => {
    const counter = new ParquetRowCounter(path.join(root, '.staging'));
    const { files } = await table.load(pipeline, 'predictions');
    for (const file of files) {
      const local = path.join(root, table.folder(pipeline, 'predictions'), file.path);
      expect(await counter.countRows(local)).toBe(file.rows);
    }
  });

  it('is the same to a reader that has seen nothing of it before', async () => {
    const fresh = new DeltaPredictionTable(store);
    expect(await fresh.load(pipeline, 'predictions')).toEqual(await table.load(pipeline, 'predictions'));
    expect(await fresh.history(pipeline, 'predictions')).toEqual(await table.history(pipeline, 'predictions'));
  });
});

describe('committing', () => {
  const commitInfo: CommitInfo = {
    operation: 'publish',
    ...info,
    ledgerNumber: 0,
    ledgerHash: null,
    identity: 'x',
    decisionEpoch: 1,
    windows: ['2001-03-05'],
  };
  const change = (identity: string) => ({ add: [], remove: [], info: { ...commitInfo, identity } });

  it('creates a version once: the same commit is there already, another conflicts', async () => {
    const { table } = new TestProcess(new Map());
    expect(await table.commit(pipeline, 'predictions', 0, change('x'))).toBe('created');
    expect(await table.commit(pipeline, 'predictions', 0, change('x'))).toBe('already');
    expect(await table.commit(pipeline, 'predictions', 0, change('y'))).toBe('conflict');
    expect(await table.commit(pipeline, 'predictions', 1, change('y'))).toBe('created');
  });

  it('writes the same bytes for the same change', async () => {
    const [first, second] = [new TestProcess(new Map()), new TestProcess(new Map())];
    for (const { table } of [first, second]) {
      await table.commit(pipeline, 'predictions', 0, { add: [tableFile()], remove: [], info: commitInfo });
    }
    expect(second.store.files).toEqual(first.store.files);
  });

  it('takes the time of a commit from its info', async () => {
    const { store, table } = new TestProcess(new Map());
    await table.commit(pipeline, 'predictions', 0, { add: [tableFile()], remove: [], info: commitInfo });
    const text = new TextDecoder().decode(store.files.get('predictions/flights/_delta_log/00000000000000000000.json'));
    expect(text).toContain(`"modificationTime":${String(Date.parse(hour(30)))}`);
  });

  it('says which versions there are when asked for another', async () => {
    const { table } = new TestProcess(new Map());
    await table.commit(pipeline, 'predictions', 0, change('x'));
    for (const version of [1, -2, 0.5]) {
      await expect(table.load(pipeline, 'predictions', version)).rejects.toMatchObject({
        type: 'INVALID_INPUT',
        problems: [{ field: 'version', expected: '0 to 0' }],
      });
    }
  });
});

describe('a log that was tampered with', () => {
  const path0 = 'predictions/flights/_delta_log/00000000000000000000.json';
  const path1 = 'predictions/flights/_delta_log/00000000000000000001.json';

  async function written(): Promise<TestProcess> {
    const process = new TestProcess(twoChampions());
    for (const [name, window] of [
      ['x', '2001-03-05'],
      ['y', '2001-03-06'],
      ['z', '2001-03-05'],
    ] as const) {
      await process.publish({ name, letter: 'b', epoch: 2, window });
    }
    return process;
  }

  it.each<[string, string, (text: string) => string | null, string]>([
    ['a line that is not JSON', path0, (text) => text.slice(0, -4), 'line'],
    ['a missing commit', path1, () => null, 'commit'],
    ['a file without its tags', path0, (text) => text.replace('"runIdentity"', '"other"'), 'add.tags.runIdentity'],
    ['a first commit without metaData', path0, (text) => text.replace('"metaData"', '"other"'), 'metaData'],
    ['a commit of another tool', path1, (text) => text.replace('"identity"', '"other"'), 'commitInfo.identity'],
    ['a txn of another commit', path1, (text) => text.replace('"appId":"', '"appId":"x'), 'txn.appId'],
    ['statistics without a count', path0, (text) => text.replace('numRecords', 'other'), 'line'],
    ['a newer protocol', path0, (text) => text.replace('"minReaderVersion":1', '"minReaderVersion":3'), 'protocol'],
    ['a removed file that was never there', path0, (text) => text.replace('window=2001', 'window=2000'), 'remove.path'],
  ])('%s is found', async (_what, file, tamper, field) => {
    const { store } = await written();
    const before = new TextDecoder().decode(store.files.get(file));
    const after = tamper(before);
    expect(after).not.toBe(before);
    if (after === null) store.files.delete(file);
    else store.files.set(file, new TextEncoder().encode(after));
    const failure: unknown = await new DeltaPredictionTable(store)
      .load(pipeline, 'predictions')
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ type: 'TABLE_CORRUPT' });
    expect(String(failure)).toContain(field);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeltaPredictionTable } from '../../../adapters/delta/delta-prediction-table.js';
import { openStore, type OpenedStore } from '../../../adapters/store/open-store.js';
import { outputOf, startScript } from '../../support/child-process.js';
import { pipeline } from '../../support/ledger.js';
import { twoChampions } from '../../support/publications.js';
import { expectedAt, type SeenWindow } from '../../support/window-stream.js';

/** One read: the newest version before it and after it; the same for a read of a known version. */
interface Read {
  readonly before: number;
  readonly after: number;
  readonly windows: readonly SeenWindow[];
}

const versions = 200;

describe('readers of a table that is being written', () => {
  let root: string;
  let store: OpenedStore;
  const reads = { deltalake: [] as Read[], polars: [] as Read[], duckdb: [] as Read[] };

  /** One writer, two Python readers and DuckDB in this process, all at once on the same files. */
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'gauntlet-readers-'));
    store = await openStore(root);
    for (const [name, bytes] of twoChampions()) await store.createIfAbsent(name, bytes);
    const writer = startScript('publish-windows.ts', [root, String(versions)]);
    const written = outputOf(writer);
    if (writer.stdout === null) throw new Error('the writer has no output');
    await Promise.race([once(writer.stdout, 'data'), written]);
    const [deltalake, polars, duckdb] = await Promise.all([
      readWithPython('deltalake'),
      readWithPython('polars'),
      readWithDuckDb(),
      written,
    ]);
    reads.deltalake.push(...deltalake);
    reads.polars.push(...polars);
    reads.duckdb.push(...duckdb);
  }, 120_000);

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function readWithPython(reader: 'deltalake' | 'polars'): Promise<readonly Read[]> {
    const python = process.env['GAUNTLET_TEST_PYTHON'];
    if (python === undefined) throw new Error('GAUNTLET_TEST_PYTHON is not set; the global setup provides it');
    const script = fileURLToPath(new URL('./read_while_writing.py', import.meta.url));
    const uri = path.join(root, 'predictions', pipeline);
    const child = spawn(python, [script, reader, uri, String(versions - 1)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = (await outputOf(child)).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Read);
  }

  /** Our own reader of the log names the files, DuckDB reads them: until the last version, then every version again. */
  async function readWithDuckDb(): Promise<readonly Read[]> {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const table = new DeltaPredictionTable(store);
    const found: Read[] = [];
    const read = async (version?: number): Promise<number> => {
      const state = await table.load(pipeline, 'predictions', version);
      const files = state.files.map((file) => `('${root}/predictions/${pipeline}/${file.path}', '${file.window}')`);
      const paths = state.files.map((file) => `'${root}/predictions/${pipeline}/${file.path}'`);
      const result = await connection.runAndReadAll(
        `SELECT "window", count(DISTINCT run_identity)::INT, first(run_identity), count(*)::INT, sum(score::DOUBLE)
         FROM read_parquet([${paths.join(', ')}], filename = true, hive_partitioning = false)
         JOIN (VALUES ${files.join(', ')}) files(filename, "window") USING (filename)
         GROUP BY 1 ORDER BY 1`,
      );
      const windows = result.getRowsJS() as unknown as SeenWindow[];
      found.push({ before: state.version, after: state.version, windows });
      return state.version;
    };
    while ((await read()) < versions - 1);
    for (let version = 0; version < versions; version++) await read(version);
    return found;
  }

  /** Every read shows one version that there was, whole; `mixed` are those that show none. */
  function mixedReads(all: readonly Read[]): readonly Read[] {
    return all.filter(({ before, after, windows }) => {
      const shown = JSON.stringify(windows);
      for (let version = before; version <= after; version++) {
        if (shown === JSON.stringify(expectedAt(version))) return false;
      }
      return true;
    });
  }

  it.each(['deltalake', 'polars', 'duckdb'] as const)(
    '%s sees one whole publication for every window in every read, and every version by time travel',
    (reader) => {
      expect(mixedReads(reads[reader])).toEqual([]);
      const travelled = reads[reader].slice(-versions);
      expect(travelled.map(({ before }) => before)).toEqual(Array.from({ length: versions }, (_, version) => version));
    },
  );

  it('were really reading while it was written: each saw versions that others followed', () => {
    for (const all of Object.values(reads)) {
      const whileWriting = all.slice(0, -versions);
      expect(whileWriting.length).toBeGreaterThan(1);
      expect(Math.min(...whileWriting.map(({ before }) => before))).toBeLessThan(versions - 1);
    }
  });
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryRow, withDuckDb } from '../../../adapters/duckdb/connection.js';

describe('a confined DuckDB', () => {
  let root: string;
  let allowed: string;
  let forbidden: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-duckdb-'));
    allowed = await mkdtemp(path.join(root, 'allowed-'));
    forbidden = await mkdtemp(path.join(root, 'forbidden-'));
    await writeFile(path.join(allowed, 'a.csv'), 'x\n1\n2\n');
    await writeFile(path.join(forbidden, 'b.csv'), 'x\n3\n');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const settings = () => ({
    allowed: [allowed],
    tempDirectory: path.join(root, 'spill'),
    threads: 1,
    memoryLimitMb: 256,
  });

  it('reads and writes inside the allowed folders', async () => {
    const output = path.join(allowed, 'out.parquet');
    const row = await withDuckDb(settings(), async (connection) => {
      await connection.run(`COPY (SELECT * FROM '${path.join(allowed, 'a.csv')}') TO '${output}' (FORMAT parquet)`);
      return queryRow<{ total: number }>(connection, `SELECT sum(x)::BIGINT AS total FROM '${output}'`);
    });
    expect(row.total).toBe(3);
  });

  it('refuses to read or write anywhere else', async () => {
    await withDuckDb(settings(), async (connection) => {
      await expect(connection.run(`SELECT * FROM '${path.join(forbidden, 'b.csv')}'`)).rejects.toThrow(/Permission/);
      await expect(
        connection.run(`COPY (SELECT 1) TO '${path.join(forbidden, 'out.csv')}' (FORMAT csv)`),
      ).rejects.toThrow(/Permission/);
    });
  });

  it('allows a single file without its neighbours', async () => {
    const one = { ...settings(), allowed: [path.join(forbidden, 'b.csv')] };
    await withDuckDb(one, async (connection) => {
      expect(await queryRow(connection, `SELECT x FROM '${path.join(forbidden, 'b.csv')}'`)).toEqual({ x: 3 });
      await expect(connection.run(`SELECT * FROM '${path.join(allowed, 'a.csv')}'`)).rejects.toThrow(/Permission/);
    });
  });

  it('cannot be opened again from inside', async () => {
    await withDuckDb(settings(), async (connection) => {
      await expect(connection.run(`SET enable_external_access = true`)).rejects.toThrow();
      await expect(connection.run(`SET memory_limit = '10GB'`)).rejects.toThrow(/locked/);
      await expect(connection.run(`INSTALL httpfs`)).rejects.toThrow();
      await expect(connection.run(`ATTACH '${path.join(forbidden, 'x.db')}'`)).rejects.toThrow();
    });
  });

  it('spills into a folder of its own and removes it', async () => {
    await withDuckDb({ ...settings(), memoryLimitMb: 60 }, async (connection) => {
      await connection.run('CREATE TABLE big AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(2000000)');
      const row = await queryRow<{ n: number }>(connection, 'SELECT count(*) AS n FROM (SELECT * FROM big ORDER BY b)');
      expect(row.n).toBe(2_000_000);
    });
    expect(await readdir(path.join(root, 'spill'))).toEqual([]);
  });

  it('interrupts the running statement when it is aborted', async () => {
    const abort = new AbortController();
    const work = withDuckDb({ ...settings(), signal: abort.signal }, (connection) => {
      setImmediate(() => {
        abort.abort();
      });
      return connection.run('SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b');
    });
    await expect(work).rejects.toThrow(/INTERRUPT/);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareScores, doScoresAgree } from '../../bench/scoring/agreement.js';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { sqlString } from '../../adapters/duckdb/sql-text.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-agreement-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function scores(name: string, sql: string): Promise<string> {
  const file = path.join(folder, `${name}.parquet`);
  const settings = { allowed: [folder], tempDirectory: folder, threads: 1, memoryLimitMb: 256 };
  await withDuckDb(settings, (connection) => connection.run(`COPY (${sql}) TO ${sqlString(file)} (FORMAT parquet)`));
  return file;
}

async function agree(ours: string, theirs: string): Promise<boolean> {
  const files = [await scores('ours', ours), await scores('theirs', theirs)] as const;
  return doScoresAgree(await compareScores(...files, folder), 100);
}

const ours = 'SELECT range AS row_key, (range / 100)::FLOAT AS score FROM range(100)';

describe('the scores of two designs', () => {
  it('agree in any order of rows', async () => {
    expect(await agree(ours, `${ours} ORDER BY row_key DESC`)).toBe(true);
  });

  it('agree up to the tolerance and not beyond it', async () => {
    const shifted = (by: string) => `SELECT row_key, score + ${by} AS score FROM (${ours})`;
    expect(await agree(ours, shifted('0.0000005::DOUBLE'))).toBe(true);
    expect(await agree(ours, shifted('0.000002::DOUBLE'))).toBe(false);
  });

  it('differ when a row is missing on either side', async () => {
    const fewer = `${ours} WHERE row_key <> 41`;
    expect(await agree(ours, fewer)).toBe(false);
    expect(await agree(fewer, ours)).toBe(false);
  });

  it('differ when one key stands for another', async () => {
    expect(await agree(ours, `SELECT if(row_key = 41, 42, row_key) AS row_key, score FROM (${ours})`)).toBe(false);
  });

  it('differ when a score is not finite', async () => {
    const broken = `SELECT row_key, if(row_key = 41, 'NaN'::FLOAT, score) AS score FROM (${ours})`;
    expect(await agree(ours, broken)).toBe(false);
    expect(await agree(ours, `SELECT row_key, if(row_key = 41, NULL, score) AS score FROM (${ours})`)).toBe(false);
  });

  it('do not agree when there are none', () => {
    expect(doScoresAgree({ ourRows: 0, theirRows: 0, comparedRows: 0, largest: null }, 0)).toBe(false);
  });
});

import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { queryRow, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { withLeanMemory } from '../../../adapters/duckdb/lean-memory.js';

const leanMb = 32;
const mostMb = 512;

/** Numbers as one list, which no engine can spill: 80 MB of them. */
async function gather(memoryLimitMb: number): Promise<number> {
  const settings = { allowed: [], tempDirectory: os.tmpdir(), threads: 1, memoryLimitMb };
  const sql = 'SELECT len(list(i)) AS n FROM range(10000000) AS t(i)';
  return withDuckDb(settings, async (connection) => (await queryRow<{ n: number }>(connection, sql)).n);
}

describe('work within little memory', () => {
  it('is done once when that is enough', async () => {
    const limits: number[] = [];
    const work = (limit: number) => Promise.resolve(limits.push(limit));
    await withLeanMemory(mostMb, work, leanMb);
    expect(limits).toEqual([leanMb]);
  });

  it('is done again within all that is allowed when the engine runs out of it', async () => {
    const limits: number[] = [];
    const work = (limit: number) => gather(limits.push(limit) > 0 ? limit : 0);
    expect(await withLeanMemory(mostMb, work, leanMb)).toBe(10_000_000);
    expect(limits).toEqual([leanMb, mostMb]);
  });

  it('fails when all that is allowed is not enough, without another attempt', async () => {
    const limits: number[] = [];
    const work = (limit: number) => gather(limits.push(limit) > 0 ? limit : 0);
    await expect(withLeanMemory(leanMb, work, leanMb)).rejects.toThrow(/Out of Memory/);
    expect(limits).toEqual([leanMb]);
  });

  it('fails at once for any other reason', async () => {
    const limits: number[] = [];
    const work = (limit: number) => (limits.push(limit), Promise.reject(new Error('a column is missing')));
    await expect(withLeanMemory(mostMb, work, leanMb)).rejects.toThrow('a column is missing');
    expect(limits).toEqual([leanMb]);
  });
});

import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tryLock } from '../../scripts/toolchain/lock.mjs';
import { ownIdentity } from '../../scripts/toolchain/process-identity.mjs';
import { temporaryFolder } from './fake-tools.js';

function lockHeldBy(holder: { pid: number; startedAt: string; host: string }, heartbeatAgeMs = 0): string {
  const path = join(temporaryFolder(), 'tool.lock');
  writeFileSync(path, JSON.stringify({ ...holder, nonce: '11111111-somebody' }));
  const heartbeat = new Date(Date.now() - heartbeatAgeMs);
  utimesSync(path, heartbeat, heartbeat);
  return path;
}

describe('the lock between processes', () => {
  it('is refused while its holder lives, and says who holds it', async () => {
    const path = lockHeldBy(ownIdentity());
    expect(await tryLock(path)).toMatchObject({ holder: { pid: process.pid } });
  });

  it('is free again once it was given back', async () => {
    const path = join(temporaryFolder(), 'tool.lock');
    const first = await tryLock(path);
    expect(await tryLock(path)).toHaveProperty('holder');
    if ('release' in first) first.release();
    expect(existsSync(path)).toBe(false);
    expect(await tryLock(path)).toHaveProperty('release');
  });

  it('is taken over when a later process has the number of its holder', async () => {
    const path = lockHeldBy({ ...ownIdentity(), startedAt: 'long ago' });
    expect(await tryLock(path)).toHaveProperty('release');
  });

  it('is left alone by its former holder after it was taken over', async () => {
    const path = join(temporaryFolder(), 'tool.lock');
    const first = await tryLock(path);
    writeFileSync(path, JSON.stringify({ ...ownIdentity(), nonce: '22222222-successor' }));
    if ('release' in first) first.release();
    expect(existsSync(path)).toBe(true);
  });

  it('of another machine is respected while it beats and taken over when it has fallen silent', async () => {
    const elsewhere = { pid: process.pid, startedAt: 'any', host: `not-${hostname()}` };
    expect(await tryLock(lockHeldBy(elsewhere, 30_000))).toHaveProperty('holder');
    expect(await tryLock(lockHeldBy(elsewhere, 200_000))).toHaveProperty('release');
  });

  it('is won by exactly one of many who find the same dead holder', async () => {
    const path = lockHeldBy({ ...ownIdentity(), startedAt: 'long ago' });
    const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
    expect(attempts.filter((attempt) => 'release' in attempt)).toHaveLength(1);
  });
});

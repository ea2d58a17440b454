import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFreePorts } from '../../scripts/servers/free-ports.mjs';
import { startServer } from '../../scripts/servers/server-process.mjs';
import { temporaryFolder } from './fake-tools.js';

/** Starts a Node program as a server; it is healthy as soon as it has written the file `ready`. */
function start(stateDir: string, program: string, healthyWithinMs = 20_000) {
  const ready = join(stateDir, 'ready');
  return startServer({
    name: 'sample',
    command: process.execPath,
    args: ['-e', program],
    env: { ...process.env, READY: ready },
    stateDir,
    isHealthy: () => Promise.resolve(existsSync(ready)),
    healthyWithinMs,
  });
}

const stay = 'require("fs").writeFileSync(process.env.READY, ""); setInterval(() => {}, 1000);';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a server of our own', () => {
  it('runs until it is stopped, and stopping it twice is harmless', async () => {
    const server = await start(temporaryFolder(), stay);
    expect(isAlive(server.pid)).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    expect(isAlive(server.pid)).toBe(false);
  });

  it('shows the end of its own log when it ends before it is healthy', async () => {
    const stateDir = temporaryFolder();
    mkdirSync(join(stateDir, 'logs'));
    writeFileSync(join(stateDir, 'logs', 'sample.log'), 'a line of an earlier start\n');
    const outcome = start(stateDir, 'console.error("port is taken"); process.exit(3);');
    await expect(outcome).rejects.toThrow(/ended at once: exit code 3[^]*port is taken/);
    await expect(outcome).rejects.not.toThrow('earlier start');
  });

  it('is stopped when it is not healthy in time', async () => {
    const stateDir = temporaryFolder();
    await expect(start(stateDir, 'setInterval(() => {}, 1000)', 300)).rejects.toThrow('was not healthy within 0.3 s');
    const successor = await start(stateDir, stay);
    await successor.stop();
  });

  it('shares its state folder with no second one', async () => {
    const stateDir = temporaryFolder();
    const server = await start(stateDir, stay);
    await expect(start(stateDir, stay)).rejects.toThrow(`Process ${String(process.pid)} runs a sample server`);
    await server.stop();
  });

  it('listens on a port that differs from the others of the same question', async () => {
    const ports = await findFreePorts(5);
    expect(new Set(ports).size).toBe(5);
  });
});

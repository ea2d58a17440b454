import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { createLineSplitter, LONGEST_LINE } from '../../adapters/trainer/line-splitter.js';
import { runProcessGroup, type GroupRun } from '../../adapters/trainer/process-group.js';
import { testPython } from '../support/trainer-data.js';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-group-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a child that ignores SIGTERM as well, prints both process ids, and then does what `after` says. */
const withGrandchild = (after: string): string => `
  const stubborn = "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)";
  const child = require('node:child_process').spawn(process.execPath, ['-e', stubborn], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.once('data', () => { console.log(process.pid + ' ' + child.pid); ${after} });`;

describe('a supervised process group', () => {
  it('ends with its grandchildren when it is cancelled', async () => {
    const cancel = new AbortController();
    const pids: number[] = [];
    const outcome = await runProcessGroup({
      ...node(withGrandchild(`process.on('SIGTERM', () => {}); console.log('go')`)),
      signal: cancel.signal,
      onStdoutLine: (line) => (line === 'go' ? cancel.abort() : pids.push(...line.split(' ').map(Number))),
    });
    expect(outcome).toEqual({ status: 'cancelled' });
    expect(pids).toHaveLength(2);
    await waitUntilGone(pids);
  });

  it('leaves no grandchild behind when the leader ends well', async () => {
    const pids: number[] = [];
    const outcome = await runProcessGroup({
      ...node(withGrandchild('process.exit(0)')),
      onStdoutLine: (line) => pids.push(...line.split(' ').map(Number)),
    });
    expect(outcome).toEqual({ status: 'exited', code: 0 });
    expect(pids).toHaveLength(2);
    await waitUntilGone(pids);
  });

  it('gets SIGTERM first and may end in its own way within the grace', async () => {
    const cancel = new AbortController();
    const lines: string[] = [];
    const outcome = await runProcessGroup({
      ...node(`process.on('SIGTERM', () => { console.log('saved'); process.exit(0); });
               setInterval(() => {}, 1000); console.log('ready')`),
      signal: cancel.signal,
      graceMs: 30_000,
      onStdoutLine: (line) => (line === 'ready' ? cancel.abort() : lines.push(line)),
    });
    expect(outcome).toEqual({ status: 'cancelled' });
    expect(lines).toEqual(['saved']);
  });

  it('is not started when cancelled before', async () => {
    const outcome = await runProcessGroup({ ...node('process.exit(7)'), signal: AbortSignal.abort() });
    expect(outcome).toEqual({ status: 'cancelled' });
  });

  it('is stopped when a line handler throws, and the error comes out', async () => {
    const run = runProcessGroup({
      ...node(`console.log('a line'); setInterval(() => {}, 1000)`),
      onStdoutLine: () => {
        throw new Error('no heartbeat');
      },
    });
    await expect(run).rejects.toThrow('no heartbeat');
  });
});

describe('a killed worker', () => {
  it.each([
    ['directly', (python: string, script: string) => [python, script]],
    ['through a shell', (python: string, script: string) => ['sh', '-c', `'${python}' '${script}'; true`]],
  ])('takes the Python trainer it started %s with it', async (how, command) => {
    const pidFile = path.join(folder, `pid-${how.replaceAll(' ', '-')}`);
    const script = path.join(folder, 'endless.py');
    await writeFile(script, endlessTrainer());
    const worker = spawn(process.execPath, ['-e', detachedStart(command(testPython(), script), pidFile)]);
    const pid = await vi.waitFor(async () => Number((await readFile(pidFile, 'utf8')) || fail()), { timeout: 20_000 });
    expect(isRunning(pid)).toBe(true);
    worker.kill('SIGKILL');
    await waitUntilGone([pid]);
  });
});

describe('lines', () => {
  it('are put together across chunks, in the middle of a character too', () => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    const bytes = Buffer.from('first\r\nzweite Zeile: übung\n\nlast');
    for (const byte of bytes) splitter.write(Buffer.from([byte]));
    splitter.end();
    expect(lines).toEqual(['first', 'zweite Zeile: übung', 'last']);
  });

  it('are cut at the longest line, and the next one is whole', () => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    for (let chunk = 0; chunk < 20; chunk++) splitter.write(Buffer.alloc(10_000, 'x'));
    splitter.write(Buffer.from('\nnext\n'));
    expect(lines.map((line) => line.length)).toEqual([LONGEST_LINE, 4]);
  });
});

function node(source: string): GroupRun {
  return {
    command: [process.execPath, '-e', source],
    cwd: folder,
    env: process.env,
    timeoutMs: 60_000,
    graceMs: 50,
    onStdoutLine: () => undefined,
    onStderrLine: () => undefined,
  };
}

function endlessTrainer(): string {
  const modules = JSON.stringify(path.resolve('trainers/lightgbm'));
  return `
import os, sys, time
sys.path.insert(0, ${modules})
from parent_watch import end_with_parent
end_with_parent()
with open(os.environ["PID_FILE"], "w") as file:
    file.write(str(os.getpid()))
while True:
    time.sleep(60)
`;
}

/** A stand-in for the worker: starts the command in a group of its own, as the adapter does, and stays. */
function detachedStart(command: readonly string[], pidFile: string): string {
  const env = `{ ...process.env, PID_FILE: ${JSON.stringify(pidFile)}, GAUNTLET_PARENT_PID: String(process.pid) }`;
  return `
    const [program, ...args] = ${JSON.stringify(command)};
    require('node:child_process').spawn(program, args, { detached: true, stdio: 'ignore', env: ${env} });
    setInterval(() => {}, 1000);`;
}

function fail(): never {
  throw new Error('not there yet');
}

async function waitUntilGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 10_000 });
}

/** A dead process that nobody has reaped yet does not count; in a container without an init that may last. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

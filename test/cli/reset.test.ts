import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerReset } from '../../cli/reset.js';
import { inspectStateFolder } from '../../cli/state-folder.js';
import { runVerb } from '../support/cli-run.js';

describe('gauntlet reset', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-reset-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const reset = (...args: string[]) => runVerb(registerReset, ['reset', ...args], { GAUNTLET_STATE_DIR: folder });
  const put = async (file: string, text = 'x') => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  };
  const fill = async () => {
    await put('store/store.json', '{}');
    await put('store/ledger/flights/00000001.json');
    await put('temporal.db-wal');
    await put('temporal.db');
    await put('logs/worker.log');
  };

  it('empties a state folder and keeps the folder', async () => {
    await fill();
    const { exitCode, stdout } = await reset('--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('logs, store, temporal.db, temporal.db-wal');
    expect(await readdir(folder)).toEqual([]);
  });

  it('has nothing to do where the folder is empty or absent', async () => {
    expect((await reset()).exitCode).toBe(0);
    await rm(folder, { recursive: true });
    expect((await reset('--yes')).stdout).toContain('is empty already');
  });

  it('refuses without a terminal and without --yes', async () => {
    await fill();
    const { exitCode, stderr } = await reset();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--yes: found "no terminal and no --yes"');
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('refuses a folder with anything that Gauntlet did not put there', async () => {
    await fill();
    await put('thesis.docx');
    const { exitCode, stderr } = await reset('--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('other things in it: thesis.docx');
    expect(await readdir(folder)).toContain('store');
  });

  it('refuses a folder that only has names that anybody may use', async () => {
    await put('logs/mine.log');
    await put('work/mine.txt');
    const { exitCode, stderr } = await reset('--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('none of store/store.json');
  });

  it('refuses the home folder, the working folder and what is around them', async () => {
    await expect(inspectStateFolder('/')).rejects.toThrow('around your home or working folder');
    await expect(inspectStateFolder(process.cwd())).rejects.toThrow('around your home or working folder');
    await expect(inspectStateFolder(folder, path.join(folder))).rejects.toThrow('around your home');
  });

  it.each(['dev.json', 'temporal.lock'])(
    'refuses while the process of %s lives, and goes on when it ended',
    async (note) => {
      const child = await startProcess();
      await fill();
      await put(note, JSON.stringify({ pid: child.pid }));
      const refused = await reset('--yes');
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(`${note}: found process ${String(child.pid)} is running`);
      await endProcess(child);
      expect((await reset('--yes')).exitCode).toBe(0);
    },
  );

  it('removes a link and not what it leads to', async () => {
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'gauntlet-elsewhere-'));
    await writeFile(path.join(elsewhere, 'kept.txt'), 'kept');
    await put('dev.json', '{}');
    await symlink(elsewhere, path.join(folder, 'store'));
    expect((await reset('--yes')).exitCode).toBe(0);
    await access(path.join(elsewhere, 'kept.txt'));
    await rm(elsewhere, { recursive: true });
  });
});

async function startProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  return child;
}

async function endProcess(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

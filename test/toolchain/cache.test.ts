import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { installOnce } from '../../scripts/toolchain/cache.mjs';
import { linesOf, temporaryFolder } from './fake-tools.js';

const installerScript = join(import.meta.dirname, 'slow-installer.mjs');

/** A process that installs into `folder`, writes a line to `journal` when its work begins, and then takes `workMs`. */
function startInstaller(options: { folder: string; journal: string; workMs: number }) {
  return spawn(process.execPath, [installerScript, options.folder, options.journal, String(options.workMs)]);
}

async function install(folder: string, write: (partial: string) => void): Promise<string> {
  const work = (partial: string): Promise<void> => {
    write(partial);
    return Promise.resolve();
  };
  return installOnce({ folder, label: 'tool', log: () => undefined, install: work });
}

describe('installing into the cache', () => {
  it('gives the folder its final name only when it is complete', async () => {
    const folder = join(temporaryFolder(), 'tool-1.0');
    await install(folder, (partial) => {
      expect(existsSync(folder)).toBe(false);
      writeFileSync(join(partial, 'program'), 'complete');
    });
    expect(readdirSync(folder)).toEqual(['program']);
  });

  it('leaves nothing when the installation fails, and a later one succeeds', async () => {
    const root = temporaryFolder();
    const folder = join(root, 'tool-1.0');
    const failing = install(folder, (partial) => {
      writeFileSync(join(partial, 'program'), 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(readdirSync(root)).toEqual(['locks']);
    await install(folder, (partial) => {
      writeFileSync(join(partial, 'program'), 'whole');
    });
    expect(linesOf(join(folder, 'program'))).toEqual(['whole']);
  });

  it('does nothing when the folder is there', async () => {
    const folder = join(temporaryFolder(), 'tool-1.0');
    const work = vi.fn();
    await install(folder, work);
    await install(folder, work);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('installs anew over a folder that is no longer usable', async () => {
    const folder = join(temporaryFolder(), 'tool-1.0');
    mkdirSync(folder);
    await installOnce({
      folder,
      label: 'tool',
      log: () => undefined,
      isUsable: (candidate) => existsSync(join(candidate, 'program')),
      install: (partial) => {
        writeFileSync(join(partial, 'program'), '');
        return Promise.resolve();
      },
    });
    expect(readdirSync(folder)).toEqual(['program']);
  });

  it('does the work once when two processes install at the same time', async () => {
    const root = temporaryFolder();
    const options = { folder: join(root, 'tool-1.0'), journal: join(root, 'journal'), workMs: 300 };
    const installers = [startInstaller(options), startInstaller(options), startInstaller(options)];
    const codes = await Promise.all(installers.map(async (installer) => (await once(installer, 'exit'))[0] as number));
    expect(codes).toEqual([0, 0, 0]);
    expect(linesOf(options.journal)).toHaveLength(1);
    expect(readdirSync(options.folder)).toEqual(['program']);
  });

  it('takes over from an installer that was killed, and removes what it left', async () => {
    const root = temporaryFolder();
    const options = { folder: join(root, 'tool-1.0'), journal: join(root, 'journal'), workMs: 3_600_000 };
    const installer = startInstaller(options);
    await vi.waitUntil(() => existsSync(options.journal), { timeout: 20_000 });
    installer.kill('SIGKILL');
    await once(installer, 'exit');
    expect(readdirSync(root).some((name) => name.startsWith('tool-1.0.partial-'))).toBe(true);
    expect(existsSync(options.folder)).toBe(false);

    const successors = [startInstaller({ ...options, workMs: 100 }), startInstaller({ ...options, workMs: 100 })];
    await Promise.all(successors.map((successor) => once(successor, 'exit')));
    expect(linesOf(options.journal)).toHaveLength(2);
    expect(readdirSync(options.folder)).toEqual(['program']);
    expect(readdirSync(root).sort()).toEqual(['journal', 'locks', 'tool-1.0']);
    expect(readdirSync(join(root, 'locks'))).toEqual([]);
  });
});

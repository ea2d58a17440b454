import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findOnPath } from '../../scripts/toolchain/commands.mjs';
import { ensureTemporalCli } from '../../scripts/toolchain/temporal-cli.mjs';
import { linesOf, temporaryFolder, writeExecutable } from './fake-tools.js';

const temporalScript = 'echo "temporal version 9.9.9"';

/** Nobody listens on port 9 of this machine: the download fails at once. */
const offline = 'http://127.0.0.1:9';

interface Machine {
  root: string;
  /** Folder on PATH for fake tools. */
  bin: string;
  cache: string;
  env: NodeJS.ProcessEnv;
}

/** A machine with nothing but the shell's own tools on PATH. */
function emptyMachine(): Machine {
  const root = temporaryFolder();
  const [bin, cache] = [join(root, 'bin'), join(root, 'cache')];
  const systemTools = dirname(findOnPath('tar') ?? '/usr/bin/tar');
  writeExecutable(bin, 'tar', `exec ${systemTools}/tar "$@"`);
  return { root, bin, cache, env: { PATH: bin, GAUNTLET_CACHE: cache } };
}

/** A `go` that writes its arguments to `go-calls` and "builds" a fake Temporal CLI where GOBIN says. */
function installFakeGo({ root, bin }: Machine): void {
  const build = `printf '#!/bin/sh\\n${temporalScript}\\n' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`;
  writeExecutable(bin, 'go', `echo "$@" >> ${root}/go-calls; ${build}`);
}

/** A download server with an archive that holds a fake Temporal CLI; answers its address and collects what was asked. */
async function startDownloads(root: string): Promise<{ url: string; requests: string[] }> {
  writeExecutable(join(root, 'published'), 'temporal', temporalScript);
  const archive = execFileSync('tar', ['-cz', '-C', join(root, 'published'), 'temporal']);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, requests };
}

function ensure(machine: Machine, downloads = offline): Promise<string> {
  return ensureTemporalCli({ log: () => undefined, env: machine.env, downloads });
}

describe('the Temporal CLI', () => {
  it('is the one that TEMPORAL_CLI_PATH names, before the one on PATH', async () => {
    const machine = emptyMachine();
    writeExecutable(machine.bin, 'temporal', temporalScript);
    const chosen = writeExecutable(join(machine.root, 'mine'), 'temporal-mine', temporalScript);
    machine.env['TEMPORAL_CLI_PATH'] = chosen;
    expect(await ensure(machine)).toBe(chosen);
  });

  it('is refused with a clear error when TEMPORAL_CLI_PATH names nothing', async () => {
    const machine = emptyMachine();
    writeExecutable(machine.bin, 'temporal', temporalScript);
    machine.env['TEMPORAL_CLI_PATH'] = '/nowhere/temporal';
    await expect(ensure(machine)).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /nowhere/temporal, which is not an executable',
    );
  });

  it('is the one on PATH, before the cached one', async () => {
    const machine = emptyMachine();
    const onPath = writeExecutable(machine.bin, 'temporal', temporalScript);
    writeExecutable(join(machine.cache, 'temporal-1.5.1'), 'temporal', temporalScript);
    expect(await ensure(machine)).toBe(onPath);
  });

  it('is the cached one, before anything is downloaded', async () => {
    const machine = emptyMachine();
    const cached = writeExecutable(join(machine.cache, 'temporal-1.5.1'), 'temporal', temporalScript);
    const downloads = await startDownloads(machine.root);
    expect(await ensure(machine, downloads.url)).toBe(cached);
    expect(downloads.requests).toEqual([]);
  });

  it('is downloaded into the cache, before Go builds it', async () => {
    const machine = emptyMachine();
    installFakeGo(machine);
    const downloads = await startDownloads(machine.root);
    const path = await ensure(machine, downloads.url);
    expect(path).toBe(join(machine.cache, 'temporal-1.5.1', 'temporal'));
    expect(downloads.requests).toHaveLength(1);
    expect(downloads.requests[0]).toMatch(/^\/cli\/archive\/v1\.5\.1\?platform=\w+&arch=\w+$/);
    expect(existsSync(join(machine.root, 'go-calls'))).toBe(false);
  });

  it('is built with Go where it cannot be downloaded, once', async () => {
    const machine = emptyMachine();
    installFakeGo(machine);
    expect(await ensure(machine)).toBe(join(machine.cache, 'temporal-1.5.1', 'temporal'));
    await ensure(machine);
    expect(linesOf(join(machine.root, 'go-calls'))).toEqual([
      'install -ldflags=-s -w github.com/temporalio/cli/cmd/temporal@v1.5.1',
    ]);
  });

  it('is missing with an error that says what to do, where there is neither network nor Go', async () => {
    const machine = emptyMachine();
    const outcome = ensure(machine);
    await expect(outcome).rejects.toThrow('Go is absent');
    await expect(outcome).rejects.toThrow('TEMPORAL_ADDRESS=host:port');
    expect(readdirSync(machine.cache)).toEqual(['locks']);
  });

  it('shows what Go said when the build fails', async () => {
    const machine = emptyMachine();
    writeExecutable(machine.bin, 'go', 'echo "go: no space left on device" >&2; exit 1');
    await expect(ensure(machine)).rejects.toThrow('go: no space left on device');
    expect(readdirSync(machine.cache)).toEqual(['locks']);
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureS3Server } from '../../scripts/toolchain/s3-server.mjs';
import { linesOf, temporaryFolder, writeExecutable } from './fake-tools.js';

/** A machine with nothing but the shell's own tools on PATH. */
function emptyMachine() {
  const root = temporaryFolder();
  const [bin, cache] = [join(root, 'bin'), join(root, 'cache')];
  const env: NodeJS.ProcessEnv = { PATH: bin, GAUNTLET_CACHE: cache };
  return { root, bin, cache, env, ensure: () => ensureS3Server({ log: () => undefined, env }) };
}

describe('the S3 server for tests', () => {
  it('is the one that VERSITYGW_PATH names, before the one on PATH, before the cached one', async () => {
    const { root, bin, cache, env, ensure } = emptyMachine();
    const cached = writeExecutable(join(cache, 'versitygw-1.8.0'), 'versitygw', 'exit 0');
    expect(await ensure()).toBe(cached);
    const onPath = writeExecutable(bin, 'versitygw', 'exit 0');
    expect(await ensure()).toBe(onPath);
    const chosen = writeExecutable(join(root, 'mine'), 'gateway', 'exit 0');
    env['VERSITYGW_PATH'] = chosen;
    expect(await ensure()).toBe(chosen);
  });

  it('is refused with a clear error when VERSITYGW_PATH names nothing', async () => {
    const { env, ensure } = emptyMachine();
    env['VERSITYGW_PATH'] = '/nowhere/versitygw';
    await expect(ensure()).rejects.toThrow('VERSITYGW_PATH names /nowhere/versitygw, which is not an executable');
  });

  it('is built with Go once', async () => {
    const { root, bin, cache, ensure } = emptyMachine();
    const build = `printf '#!/bin/sh\\nexit 0\\n' > "$GOBIN/versitygw"; /bin/chmod +x "$GOBIN/versitygw"`;
    writeExecutable(bin, 'go', `echo "$@" >> ${root}/go-calls; ${build}`);
    expect(await ensure()).toBe(join(cache, 'versitygw-1.8.0', 'versitygw'));
    await ensure();
    expect(linesOf(join(root, 'go-calls'))).toEqual([
      'install -ldflags=-s -w github.com/versity/versitygw/cmd/versitygw@v1.8.0',
    ]);
  });

  it('is missing without Go, with an error that says what to do', async () => {
    const { ensure, cache } = emptyMachine();
    const outcome = ensure();
    await expect(outcome).rejects.toThrow('Go is absent');
    await expect(outcome).rejects.toThrow('VERSITYGW_PATH=/usr/local/bin/versitygw');
    expect(readdirSync(cache)).toEqual(['locks']);
  });
});

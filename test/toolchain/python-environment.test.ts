import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOnPath } from '../../scripts/toolchain/commands.mjs';
import { ensurePythonEnvironment } from '../../scripts/toolchain/python-environment.mjs';
import { linesOf, temporaryFolder, writeExecutable } from './fake-tools.js';

interface Machine {
  root: string;
  bin: string;
  cache: string;
  lockFile: string;
  env: NodeJS.ProcessEnv;
}

/** A machine with the shell's own tools, an empty cache and a lock file, and no Python. */
function machineWithoutPython(): Machine {
  const root = temporaryFolder();
  const [bin, cache, lockFile] = [join(root, 'bin'), join(root, 'cache'), join(root, 'requirements.lock')];
  writeFileSync(lockFile, 'mlflow==3.17.0 --hash=sha256:0\n');
  const systemTools = dirname(findOnPath('mkdir') ?? '/bin/mkdir');
  for (const tool of ['mkdir', 'cp', 'chmod', 'cat']) writeExecutable(bin, tool, `exec ${systemTools}/${tool} "$@"`);
  return { root, bin, cache, lockFile, env: { PATH: bin, GAUNTLET_CACHE: cache } };
}

/** An interpreter that tells its version, creates environments, and notes what pip is asked to do. */
function installFakePython({ root, bin }: Machine, name: string, version: string): string {
  return writeExecutable(
    bin,
    name,
    [
      'case "$*" in',
      `  *sys.executable*) echo "${bin}/${name}"; echo "${version}" ;;`,
      '  *ensurepip*) echo yes ;;',
      `  *"-m venv"*) mkdir -p "$3/bin"; cp "${bin}/${name}" "$3/bin/python" ;;`,
      `  *"-m pip"*) echo "${name} $*" >> ${root}/calls; echo "#!$0" > "\${0%/python}/mlflow" ;;`,
      'esac',
    ].join('\n'),
  );
}

/** A `uv` that creates environments and notes what it is asked to do. */
function installFakeUv({ root, bin }: Machine): void {
  const createEnvironment = 'for folder in "$@"; do :; done; mkdir -p "$folder/bin"; echo > "$folder/bin/python"';
  writeExecutable(bin, 'uv', `echo "uv $*" >> ${root}/calls; if [ "$1" = venv ]; then ${createEnvironment}; fi`);
}

function ensure({ env, lockFile }: Machine): Promise<string> {
  return ensurePythonEnvironment({ log: () => undefined, env, lockFile });
}

describe('the Python environment', () => {
  it('is installed by pip with hashes required and bytecode compiled, once', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3', '3.11.7');
    const path = await ensure(machine);
    expect(await ensure(machine)).toBe(path);
    const calls = linesOf(join(machine.root, 'calls'));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(`-m pip install --no-input --progress-bar off --compile --require-hashes`);
    expect(path).toMatch(/\/cache\/python-3\.11\.7-[0-9a-f]{12}\/bin\/python$/);
  });

  it('is installed by uv where uv is present', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3', '3.12.1');
    installFakeUv(machine);
    await ensure(machine);
    const [create, install] = linesOf(join(machine.root, 'calls'));
    expect(create).toMatch(/^uv venv /);
    expect(install).toMatch(/^uv pip install .*--compile-bytecode --require-hashes/);
  });

  it('holds scripts that name the folder where it ends up', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3', '3.11.7');
    const python = await ensure(machine);
    expect(linesOf(join(dirname(python), 'mlflow'))).toEqual([`#!${python}`]);
  });

  it('is a new one when the lock file changes', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3', '3.11.7');
    const before = await ensure(machine);
    writeFileSync(machine.lockFile, 'mlflow==3.17.1 --hash=sha256:1\n');
    expect(await ensure(machine)).not.toBe(before);
    expect(readdirSync(machine.cache).filter((name) => name.startsWith('python-'))).toHaveLength(2);
  });

  it('passes over interpreters that refuse to run and those that are too old', async () => {
    const machine = machineWithoutPython();
    writeExecutable(machine.bin, 'python3.12', 'echo "command not found" >&2; exit 127');
    installFakePython(machine, 'python3.11', '3.9.2');
    installFakePython(machine, 'python3', '3.10.0');
    expect(await ensure(machine)).toContain('/python-3.10.0-');
  });

  it('is made with the interpreter that GAUNTLET_PYTHON names', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3.12', '3.12.1');
    machine.env['GAUNTLET_PYTHON'] = installFakePython(machine, 'my-python', '3.13.0');
    expect(await ensure(machine)).toContain('/python-3.13.0-');
  });

  it('is refused with a clear error when GAUNTLET_PYTHON is too old', async () => {
    const machine = machineWithoutPython();
    installFakePython(machine, 'python3.12', '3.12.1');
    machine.env['GAUNTLET_PYTHON'] = installFakePython(machine, 'old-python', '3.9.2');
    await expect(ensure(machine)).rejects.toThrow(
      /GAUNTLET_PYTHON names .*old-python, which is no Python 3\.10 or newer/,
    );
  });
});

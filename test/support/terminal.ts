import { execFile } from 'node:child_process';
import { builtEntry } from '../../adapters/built-entry.js';
import type { CliRun } from './cli-run.js';

/** A terminal in which the command is installed, with variables of its own. */
export class Terminal {
  readonly #env: NodeJS.ProcessEnv;

  constructor(stateDir: string, env: Readonly<Record<string, string>> = {}) {
    this.#env = { ...process.env, ...env, GAUNTLET_STATE_DIR: stateDir };
  }

  /** The command as people run it, to its end, whatever that is. */
  run(...args: readonly string[]): Promise<CliRun> {
    return new Promise((resolve) => {
      execFile(process.execPath, [builtEntry('cli/main.js'), ...args], { env: this.#env }, (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });
  }

  /** As a script runs it: the one object on stdout, of an answer that is yes. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await this.run(...args, '--json');
    if (exitCode !== 0)
      throw new Error(`gauntlet ${args.join(' ')} ended with ${String(exitCode)}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** The error that a script gets where the answer is no, with its exit code. */
  async refusal(...args: readonly string[]): Promise<{ readonly exitCode: number } & CliError> {
    const { exitCode, stdout } = await this.run(...args, '--json');
    return { exitCode, ...(JSON.parse(stdout) as { readonly error: CliError }).error };
  }
}

interface CliError {
  readonly type: string;
  readonly problems: readonly { readonly field: string }[];
  readonly example: string | null;
}

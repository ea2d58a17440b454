import { Command } from 'commander';
import { vi } from 'vitest';

/** What a verb did. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one verb in this process, with an environment of its own, and gives back everything it printed. */
export async function runVerb(
  register: (program: Command) => void,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliRun> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += text.toString();
      return true;
    }),
  );
  for (const [name, value] of Object.entries({ ...offline, ...env })) vi.stubEnv(name, value);
  try {
    const program = new Command('gauntlet').exitOverride();
    register(program);
    await program.parseAsync(['node', 'gauntlet', ...args]);
    return { exitCode: Number(process.exitCode ?? 0), ...printed };
  } finally {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** The one JSON object a verb printed. */
export async function runJson<T>(...args: Parameters<typeof runVerb>): Promise<T> {
  const [register, words, env] = args;
  const { stdout } = await runVerb(register, [...words, '--json'], env);
  return JSON.parse(stdout) as T;
}

/** Ports that nobody listens on: whoever needs a server finds it away at once. */
const offline = { MLFLOW_TRACKING_URI: 'http://127.0.0.1:9', TEMPORAL_ADDRESS: '127.0.0.1:9' };

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtEntry, projectRoot } from '../../adapters/built-entry.js';
import { watchMemory, type MemoryPeaks } from './process-memory.js';

/** The demo from its first line to its last. */
export interface DemoRun {
  readonly seconds: number;
  readonly worker: MemoryPeaks;
}

/** Enough to see why a demo failed. */
const keptCharacters = 4_000;

/** Runs the demo as a user does, on servers of its own, and watches its worker. Throws with the last output when it fails. */
export async function runDemo(stateDir: string): Promise<DemoRun> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [builtEntry('cli/main.js'), 'demo'], {
    cwd: projectRoot(),
    env: { ...environmentWithoutServers(), GAUNTLET_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptCharacters);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const memory = watchMemory(child.pid ?? 0, 'workers/main.js');
  const [code] = (await once(child, 'exit')) as [number | null];
  const worker = memory.stop();
  if (code !== 0) throw new Error(`the demo ended with code ${String(code)}:\n${output}`);
  return { seconds: (performance.now() - startedAt) / 1_000, worker };
}

/** Servers that the environment names would make the measurement one of somebody else's machine. */
const serverVariables = ['TEMPORAL_ADDRESS', 'MLFLOW_TRACKING_URI'];

function environmentWithoutServers(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !serverVariables.includes(name)));
}

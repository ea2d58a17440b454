import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watchTree, type TreeUse } from './process-tree.js';
import { readProcessorTime } from './processor-time.js';

/** One whole process from its start to its end, as seen from outside. */
export interface MeasuredRun extends TreeUse {
  readonly wallSeconds: number;
  /** Processor time that others used meanwhile. */
  readonly otherCpuSeconds: number;
}

/** Thread counts that somebody set for other work would decide the comparison. */
const unwanted = /^(OPENBLAS|OMP|MKL|POLARS|ORT|DUCKDB)_/;

/** Enough to see why a program failed. */
const keptCharacters = 4_000;

/** Runs a program and measures it. Throws with the end of its output when it fails. */
export async function measureProcess(command: string, args: readonly string[], cwd: string): Promise<MeasuredRun> {
  const before = readProcessorTime();
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-keptCharacters)));
  }
  const tree = watchTree(child.pid ?? 0);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const wallSeconds = (performance.now() - startedAt) / 1_000;
  const use = tree.stop();
  if (code !== 0) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${String(code ?? signal)}:\n${output}`);
  }
  const after = readProcessorTime();
  // Children that were waited for are counted to the end; those that were not, only as far as they were seen.
  const cpuSeconds = Math.max(use.cpuSeconds, after.children - before.children);
  const otherCpuSeconds = Math.max(0, after.machine - before.machine - (after.own - before.own) - cpuSeconds);
  return { ...use, wallSeconds, cpuSeconds, otherCpuSeconds };
}

function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
}

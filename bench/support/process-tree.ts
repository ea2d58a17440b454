import { readdirSync, readFileSync } from 'node:fs';
import { readOwnSeconds } from './processor-time.js';

/** What a process and everything below it used. Needs Linux. */
export interface TreeUse {
  /** Largest sum of resident memory at one look; pages that several share count for each. */
  readonly peakMiB: number;
  /** Sum of the kernel's high-water marks of all processes ever seen: an upper bound that no pause between looks hides. */
  readonly highWaterMiB: number;
  /** Processor time, but for what a process used after the last look at it. */
  readonly cpuSeconds: number;
}

const lookEveryMs = 50;

/** Looks at a process tree until it is stopped. Walks only the tree: listing all processes 20 times a second costs too much. */
export function watchTree(root: number): { stop(): TreeUse } {
  let peakMiB = 0;
  const seen = new Map<number, ProcessUse>();
  const look = (): void => {
    const processes = readTree(root);
    peakMiB = Math.max(peakMiB, sumOf([...processes.values()], 'residentMiB'));
    for (const [pid, use] of processes) if (use.highWaterMiB > 0) seen.set(pid, use);
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    stop() {
      clearInterval(timer);
      const all = [...seen.values()];
      return { peakMiB, highWaterMiB: sumOf(all, 'highWaterMiB'), cpuSeconds: sumOf(all, 'cpuSeconds') };
    },
  };
}

interface ProcessUse {
  readonly residentMiB: number;
  readonly highWaterMiB: number;
  readonly cpuSeconds: number;
}

function sumOf(uses: readonly ProcessUse[], field: keyof ProcessUse): number {
  return uses.reduce((sum, use) => sum + use[field], 0);
}

function readTree(root: number): ReadonlyMap<number, ProcessUse> {
  const processes = new Map<number, ProcessUse>();
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const status = readText(`/proc/${String(pid)}/status`);
    processes.set(pid, {
      residentMiB: fieldMiB(status, 'VmRSS'),
      highWaterMiB: fieldMiB(status, 'VmHWM'),
      cpuSeconds: readOwnSeconds(readText(`/proc/${String(pid)}/stat`)),
    });
    waiting.push(...childrenOf(pid));
  }
  return processes;
}

/** A child hangs below the thread that started it. */
function childrenOf(pid: number): readonly number[] {
  const threads = attempt(() => readdirSync(`/proc/${String(pid)}/task`)) ?? [];
  return threads.flatMap((thread) =>
    readText(`/proc/${String(pid)}/task/${thread}/children`)
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

function fieldMiB(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
}

function readText(file: string): string {
  return attempt(() => readFileSync(file, 'utf8')) ?? '';
}

/** A process may end while it is looked at. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

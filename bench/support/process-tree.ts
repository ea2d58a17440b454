import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and of everything below it, in MiB; pages that several share count for each. Needs Linux. */
export interface TreeMemory {
  /** Resident at this moment, summed. */
  readonly residentMiB: number;
  /** The kernel's high-water mark of each process. */
  readonly highWaterMiB: ReadonlyMap<number, number>;
}

export interface TreePeaks {
  /** Largest sum at one look. */
  readonly peakMiB: number;
  /** Sum of the high-water marks of all processes ever seen: an upper bound that no pause between looks can hide. */
  readonly highWaterMiB: number;
}

const lookEveryMs = 50;

/** Looks at a process tree until it is stopped. Walks only the tree: listing all processes 20 times a second costs too much. */
export function watchTree(root: number): { stop(): TreePeaks } {
  let peakMiB = 0;
  const marks = new Map<number, number>();
  const look = (): void => {
    const { residentMiB, highWaterMiB } = readTree(root);
    peakMiB = Math.max(peakMiB, residentMiB);
    for (const [pid, mark] of highWaterMiB) marks.set(pid, Math.max(marks.get(pid) ?? 0, mark));
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return { peakMiB, highWaterMiB: [...marks.values()].reduce((sum, mark) => sum + mark, 0) };
    },
  };
}

function readTree(root: number): TreeMemory {
  const highWaterMiB = new Map<number, number>();
  let residentMiB = 0;
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const status = readText(`/proc/${String(pid)}/status`);
    residentMiB += fieldMiB(status, 'VmRSS');
    highWaterMiB.set(pid, fieldMiB(status, 'VmHWM'));
    waiting.push(...childrenOf(pid));
  }
  return { residentMiB, highWaterMiB };
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

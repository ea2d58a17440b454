import { readdirSync, readFileSync } from 'node:fs';

/** A process as `/proc` shows it. */
interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Resident now, and the highest ever, in MiB. */
  readonly residentMiB: number;
  readonly peakMiB: number;
}

/** The highest values seen of a process and of everything below it; null until it was seen once. */
export interface MemoryPeaks {
  /** The kernel's own high-water mark, so that nothing between two looks is missed. */
  readonly processMiB: number | null;
  /** Sum over the process and its descendants at one look: the predictor and the trainer are children of the worker. */
  readonly treeMiB: number | null;
}

/** Often enough to see a child process that lives for a second. */
const lookEveryMs = 250;

/** Watches the descendant of `root` whose command line contains `mark`. Needs Linux; elsewhere nothing is ever seen. */
export function watchMemory(root: number, mark: string): { stop(): MemoryPeaks } {
  let peaks: MemoryPeaks = { processMiB: null, treeMiB: null };
  const look = (): void => {
    const all = listProcesses();
    const watched = descendantsOf(root, all).find(({ command }) => command.includes(mark));
    if (watched === undefined) return;
    const tree = [watched, ...descendantsOf(watched.pid, all)].reduce((sum, { residentMiB }) => sum + residentMiB, 0);
    peaks = {
      processMiB: Math.max(peaks.processMiB ?? 0, watched.peakMiB),
      treeMiB: Math.max(peaks.treeMiB ?? 0, tree),
    };
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return peaks;
    },
  };
}

function descendantsOf(root: number, all: readonly ProcessFacts[]): readonly ProcessFacts[] {
  const children = all.filter(({ parent }) => parent === root);
  return [...children, ...children.flatMap(({ pid }) => descendantsOf(pid, all))];
}

function listProcesses(): readonly ProcessFacts[] {
  const pids = readable(() => readdirSync('/proc'))?.filter((name) => /^\d+$/.test(name)) ?? [];
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []);
}

function readProcess(pid: number): ProcessFacts | null {
  return readable(() => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return {
      pid,
      parent: field('PPid'),
      command,
      residentMiB: field('VmRSS') / 1024,
      peakMiB: field('VmHWM') / 1024,
    };
  });
}

/** A process may end while it is looked at. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

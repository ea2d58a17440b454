import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { PermanentFailure } from '../../domain/failure-types.js';

const CHECK_EVERY_MS = 250;
const KIB_PER_MIB = 1024;

/**
 * Kills a child that holds more resident memory than it may, before the kernel picks a victim itself. Reads Linux'
 * process table; elsewhere only the engine's own limits hold. Returns how to stop watching.
 */
export function watchMemory(child: ChildProcess, maxRssMb: number, onExceeded: (failure: Error) => void): () => void {
  // A look that is under way when the task ends must not kill a child that does something else by then.
  let isOver = false;
  const timer = setInterval(() => {
    void readResidentMb(child.pid).then((residentMb) => {
      if (isOver || residentMb === null || residentMb <= maxRssMb || child.exitCode !== null) return;
      onExceeded(
        new PermanentFailure('MODEL_OUT_OF_MEMORY', 'Scoring took too much memory and was stopped.', {
          problems: [
            {
              field: 'predictor memory',
              found: `${String(Math.round(residentMb))} MiB resident`,
              expected: `at most ${String(maxRssMb)} MiB`,
            },
          ],
        }),
      );
      child.kill('SIGKILL');
    });
  }, CHECK_EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

/** Null when the process is gone or the system has no such table. */
export function readResidentMb(pid: number | undefined): Promise<number | null> {
  return readStatusMb(pid, 'VmRSS');
}

/** The most that was resident since the process began, or since `forgetPeak`; null as above. */
export function readPeakMb(pid: number | undefined): Promise<number | null> {
  return readStatusMb(pid, 'VmHWM');
}

/** What the kernel takes for the order to begin the peak anew (proc(5), clear_refs). */
const RESET_PEAK = '5';

/** Where the system does not know how, a peak is that of the process' whole life: never too small. */
export async function forgetPeak(pid: number | undefined): Promise<void> {
  if (pid !== undefined) await writeFile(`/proc/${String(pid)}/clear_refs`, RESET_PEAK).catch(() => undefined);
}

async function readStatusMb(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): Promise<number | null> {
  if (pid === undefined) return null;
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kib === undefined ? null : Number(kib) / KIB_PER_MIB;
}

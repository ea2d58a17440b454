import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
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
export async function readResidentMb(pid: number | undefined): Promise<number | null> {
  if (pid === undefined) return null;
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) / KIB_PER_MIB;
}

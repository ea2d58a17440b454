import { appendFileSync, existsSync } from 'node:fs';
import { asyncLocalStorage } from '@temporalio/activity';
import type { CrashPoint } from './crash-points.js';

export type { CrashPoint } from './crash-points.js';

/** How often this process came by each point. */
const passes = new Map<string, number>();

/** Long enough to cost nothing, short enough that nobody waits for a hanging process that was let go. */
const lookEveryMs = 20;

/**
 * Does nothing, unless the environment says otherwise:
 *
 * - `GAUNTLET_CRASH_AT=after-alias` ends the process at this point, `after-alias#2` when it comes by for the second time.
 * - `GAUNTLET_CRASH_MODE` is `SIGKILL` (the default: gone as if the power had failed), `SIGTERM` (asked to end, as by a
 *   deployment), or `hang` (the whole process stands still, heartbeats too, until `GAUNTLET_CRASH_RELEASE` names a file
 *   that exists).
 * - `GAUNTLET_CRASH_TRACE` names a file that gets a line for every point that is passed: the point, for which time, and
 *   the activity with the attempts it has in all.
 *
 * A worker that is started again without these variables has to finish the job.
 */
export function crashPoint(point: CrashPoint): void {
  const { GAUNTLET_CRASH_AT: at, GAUNTLET_CRASH_TRACE: trace } = process.env;
  if (at === undefined && trace === undefined) return;
  const pass = (passes.get(point) ?? 0) + 1;
  passes.set(point, pass);
  if (trace !== undefined) appendFileSync(trace, `${point}#${String(pass)} ${activityName()}\n`);
  if (at === point || at === `${point}#${String(pass)}`) crash();
}

/** Whether the environment asks for any of this; where it does not, nothing is wrapped. */
export function areCrashesPlanned(): boolean {
  return process.env['GAUNTLET_CRASH_AT'] !== undefined || process.env['GAUNTLET_CRASH_TRACE'] !== undefined;
}

/** Empty for what a command does by itself. */
function activityName(): string {
  const info = asyncLocalStorage.getStore()?.info;
  return info === undefined ? '' : `${info.activityType}/${String(info.retryPolicy?.maximumAttempts ?? '')}`;
}

function crash(): void {
  const { GAUNTLET_CRASH_MODE: mode = 'SIGKILL', GAUNTLET_CRASH_RELEASE: release } = process.env;
  if (mode !== 'hang') {
    process.kill(process.pid, mode);
    return;
  }
  const never = new Int32Array(new SharedArrayBuffer(4));
  do Atomics.wait(never, 0, 0, lookEveryMs);
  while (release === undefined || !existsSync(release));
}

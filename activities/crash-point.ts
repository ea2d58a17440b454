import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { asyncLocalStorage } from '@temporalio/activity';
import type { CrashPoint } from './crash-points.js';

export type { CrashPoint } from './crash-points.js';

/** How often this process came by each point: by those of its code, and by those of its ports. */
const passes = new Map<string, number>();

/** Long enough to cost nothing, short enough that nobody waits for a hanging step that was let go. */
const lookEveryMs = 20;

/**
 * A point in the code of an activity. It does nothing, unless the environment says otherwise:
 *
 * - `GAUNTLET_CRASH_AT=after-alias` ends the process at this point, `after-alias#2` when it comes by for the second time.
 * - `GAUNTLET_CRASH_MODE` is `SIGKILL` (the default: gone as if the power had failed), `SIGTERM` (asked to end, as by a
 *   deployment), or `hang`, which only points at ports can do.
 * - `GAUNTLET_CRASH_PLAN` names a file that is read at every point, with a line such as `after-alias#2 port hang` for each crash
 *   to come: what a test decides after the process has started.
 * - `GAUNTLET_CRASH_TRACE` names a file that gets a line for every point that is passed: the point, for which time, and
 *   the activity with the attempts it has in all.
 *
 * A worker that is started again without these variables has to finish the job.
 */
export function crashPoint(point: CrashPoint): void {
  const mode = modeAt(point, 'code');
  if (mode !== null && mode !== 'hang') process.kill(process.pid, mode);
}

/**
 * A point at one side of an effect of a port. Besides what `crashPoint` does, it can hang: this step stands still until
 * the file exists that `GAUNTLET_CRASH_RELEASE` names, and then does what everybody has given it up for.
 */
export async function effectPoint(point: CrashPoint): Promise<void> {
  const mode = modeAt(point, 'port');
  if (mode === null) return;
  if (mode !== 'hang') process.kill(process.pid, mode);
  else while (!existsSync(process.env['GAUNTLET_CRASH_RELEASE'] ?? '')) await setTimeout(lookEveryMs);
}

/** Whether the environment asks for any of this; where it does not, nothing is wrapped. */
export function areCrashesPlanned(): boolean {
  return ['GAUNTLET_CRASH_AT', 'GAUNTLET_CRASH_PLAN', 'GAUNTLET_CRASH_TRACE'].some(
    (name) => process.env[name] !== undefined,
  );
}

/** How the process goes down at this point, passed for this time; null where it goes on. */
function modeAt(point: CrashPoint, place: 'code' | 'port'): string | null {
  if (!areCrashesPlanned()) return null;
  const { GAUNTLET_CRASH_AT: at, GAUNTLET_CRASH_MODE: mode = 'SIGKILL', GAUNTLET_CRASH_TRACE: trace } = process.env;
  const pass = (passes.get(`${place} ${point}`) ?? 0) + 1;
  passes.set(`${place} ${point}`, pass);
  if (trace !== undefined) appendFileSync(trace, `${point}#${String(pass)} ${place} ${activityName()}\n`);
  if (at === point || at === `${point}#${String(pass)}`) return mode;
  return plannedMode(`${point}#${String(pass)} ${place} `);
}

/** The plan's line for a passing of a point, which says the mode at its end. */
function plannedMode(passing: string): string | null {
  const { GAUNTLET_CRASH_PLAN: file } = process.env;
  if (file === undefined) return null;
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((planned) => planned.startsWith(passing));
  return line?.slice(passing.length) ?? null;
}

/** Empty for what a command does by itself. */
function activityName(): string {
  const info = asyncLocalStorage.getStore()?.info;
  return info === undefined ? '' : `${info.activityType}/${String(info.retryPolicy?.maximumAttempts ?? '')}`;
}

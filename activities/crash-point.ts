/** Places where a test can end the process dead, at both sides of every effect. */
export type CrashPoint =
  | 'before-score'
  | 'after-score'
  | 'after-shard-record'
  | 'before-publish'
  | 'after-publish'
  | 'before-register'
  | 'after-register'
  | 'before-champion-record'
  | 'after-champion-record'
  | 'before-anchor'
  | 'after-anchor'
  | 'before-alias'
  | 'after-alias'
  | 'after-projection-record'
  | 'before-replace'
  | 'after-replace'
  | 'before-unscored-record'
  | 'after-unscored-record'
  | 'before-plan'
  | 'after-plan'
  | 'before-drill-record'
  | 'after-drill-record'
  | 'before-collect'
  | 'after-collect-record'
  | 'after-collect';

/**
 * Does nothing, unless the environment variable `GAUNTLET_CRASH_AT` names this point: then the process is gone as if the
 * power had failed. A worker that is started again without the variable has to finish the job.
 */
export function crashPoint(point: CrashPoint): void {
  if (process.env['GAUNTLET_CRASH_AT'] === point) process.kill(process.pid, 'SIGKILL');
}

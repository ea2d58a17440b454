import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names one process for ever: a process id alone is given out again after its process has ended.
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {string} startedAt as the system tells it; only compared, never computed with
 * @property {string} host
 */

/** @returns {ProcessIdentity} */
export function ownIdentity() {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? 'unknown', host: hostname() };
}

/**
 * Whether that very process runs now; undefined when it belongs to another machine or container, where we cannot see.
 * @param {ProcessIdentity} identity
 * @returns {boolean | undefined}
 */
export function isRunning(identity) {
  if (identity.host !== hostname()) return undefined;
  return startOf(identity.pid) === identity.startedAt;
}

/**
 * When a process started, or undefined when there is none. A zombie has ended: it only waits for its parent.
 * @param {number} pid
 * @returns {string | undefined}
 */
function startOf(pid) {
  if (process.platform !== 'linux') {
    const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return answer.status === 0 ? answer.stdout.trim() : undefined;
  }
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The command name stands in parentheses and may hold anything; the state and 19 fields on, the start time follow it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

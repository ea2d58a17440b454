import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, ownIdentity } from './process-identity.mjs';

/** @typedef {import('./process-identity.mjs').ProcessIdentity & { nonce: string }} LockHolder */
/** @typedef {import('./commands.mjs').Log} Log */

const pollMs = 200;
const heartbeatMs = 10_000;

/** A holder on another host cannot be asked whether it lives; it counts as dead after this long without a heartbeat. */
const silentHolderMs = 120_000;

/**
 * Runs `work` while no other process that uses the same lock file does, waiting as long as a holder lives.
 * The lock of a process that was killed is taken over.
 * @template T
 * @param {string} path of the lock file
 * @param {{ log: Log, purpose: string }} options purpose: what waits, for the line that says so
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { log, purpose }, work) {
  const release = await acquireLock(path, (holder) => {
    log(`${purpose}: waiting for process ${String(holder.pid)}, which is already doing it`);
  });
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * @param {string} path
 * @param {(holder: LockHolder) => void} onWait called once, when somebody else holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
async function acquireLock(path, onWait) {
  let announced = false;
  for (;;) {
    const attempt = await tryLock(path);
    if ('release' in attempt) return attempt.release;
    if (!announced) onWait(attempt.holder);
    announced = true;
    await wait(pollMs);
  }
}

/**
 * Takes the lock if nobody alive holds it.
 * The file is written completely under another name and then linked, so a lock is never seen half written.
 * @param {string} path
 * @returns {Promise<{ release: () => void } | { holder: LockHolder }>}
 */
export async function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  /** @type {LockHolder} */
  const own = { ...ownIdentity(), nonce: randomUUID() };
  for (;;) {
    if (linkLock(path, own)) return { release: keepAlive(path, own) };
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isAlive(path, holder)) return { holder };
    await removeDeadLock(path, holder);
  }
}

/**
 * @param {string} path
 * @param {LockHolder} own
 * @returns {boolean} whether the lock is ours
 */
function linkLock(path, own) {
  const complete = `${path}.${own.nonce}`;
  writeFileSync(complete, JSON.stringify(own));
  try {
    linkSync(complete, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}

/**
 * Two processes may find the same dead lock. Whoever removes it does so under a second lock named after the dead
 * holder, and looks again there: so neither can remove the fresh lock that the other has taken meanwhile.
 * @param {string} path
 * @param {LockHolder} dead
 */
async function removeDeadLock(path, dead) {
  const attempt = await tryLock(`${path}.takeover-${dead.nonce.slice(0, 8)}`);
  if ('holder' in attempt) {
    await wait(pollMs);
    return;
  }
  try {
    if (readHolder(path)?.nonce === dead.nonce) rmSync(path, { force: true });
  } finally {
    attempt.release();
  }
}

/**
 * @param {string} path
 * @returns {LockHolder | undefined} undefined when the lock has just been given back
 */
function readHolder(path) {
  try {
    /** @type {unknown} */
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    return /** @type {LockHolder} */ (holder);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {string} path
 * @param {LockHolder} holder
 */
function isAlive(path, holder) {
  const running = isRunning(holder);
  if (running !== undefined) return running;
  const heartbeat = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - heartbeat < silentHolderMs;
}

/**
 * @param {string} path
 * @param {LockHolder} own
 * @returns {() => void} gives the lock back, unless it was taken over because this process seemed dead
 */
function keepAlive(path, own) {
  const heartbeat = setInterval(() => {
    const now = new Date();
    if (readHolder(path)?.nonce === own.nonce) utimesSync(path, now, now);
  }, heartbeatMs);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (readHolder(path)?.nonce === own.nonce) rmSync(path, { force: true });
  };
}

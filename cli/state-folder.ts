import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PermanentFailure } from '../domain/failure-types.js';
import { isAlive } from './process-alive.js';

/** Everything Gauntlet and its development servers leave in a state folder. */
const ownNames = [
  /^store$/,
  /^work$/,
  /^logs$/,
  /^dev\.json$/,
  /^temporal\.db(-wal|-shm|-journal)?$/,
  /^mlflow\.db(-wal|-shm|-journal)?$/,
  /^mlflow-artifacts$/,
  /^[a-z-]+\.lock(\..+)?$/,
  /^test-report\.json$/,
  /^demo[a-z0-9.-]*$/,
];

/** One of these at least, because a folder of somebody else may hold a `logs` or a `work` too. */
const marks = [
  'store/store.json',
  'dev.json',
  'temporal.db',
  'mlflow.db',
  'mlflow-artifacts',
  'test-report.json',
  'demo.json',
];

/** What a state folder holds that may be removed. */
export interface StateFolder {
  /** With symbolic links followed. */
  readonly folder: string;
  readonly entries: readonly string[];
}

/**
 * Looks at the folder and at everything that speaks against emptying it. Throws INVALID_INPUT when it holds anything
 * that Gauntlet does not put there, when it is a place nobody means, or when a development stack runs in it.
 */
export async function inspectStateFolder(stateDir: string, workingDir = process.cwd()): Promise<StateFolder> {
  const folder = await realpath(stateDir).catch(() => path.resolve(stateDir));
  const entries = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  assertMeant(folder, await realpath(workingDir));
  const strange = entries.filter((name) => !ownNames.some((own) => own.test(name)));
  if (strange.length > 0) throw notStateFolder(folder, `other things in it: ${strange.slice(0, 5).join(', ')}`);
  if (entries.length > 0 && !(await hasMark(folder))) throw notStateFolder(folder, `none of ${marks.join(', ')}`);
  await assertNothingRuns(folder);
  return { folder, entries };
}

/** Removes the entries, never the folder itself and nothing a link leads to. */
export async function emptyStateFolder({ folder, entries }: StateFolder): Promise<void> {
  for (const name of entries) await rm(path.join(folder, name), { recursive: true, force: true });
}

function assertMeant(folder: string, workingDir: string): void {
  const isAround = (inner: string): boolean => inner === folder || inner.startsWith(folder + path.sep);
  const isRoot = path.dirname(folder) === folder;
  if (isRoot || isAround(os.homedir()) || isAround(workingDir)) {
    throw notStateFolder(folder, 'a folder around your home or working folder');
  }
}

async function hasMark(folder: string): Promise<boolean> {
  const found = await Promise.all(marks.map((mark) => stat(path.join(folder, mark)).catch(() => null)));
  return found.some((each) => each !== null);
}

function notStateFolder(folder: string, found: string): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', `${folder} does not look like a state folder, so nothing was removed.`, {
    problems: [{ field: 'GAUNTLET_STATE_DIR', found, expected: 'a folder with nothing but what Gauntlet put there' }],
    example: 'GAUNTLET_STATE_DIR=.gauntlet gauntlet reset',
  });
}

/** A server's lock names its process as well, so a stack whose note is gone is noticed too. */
async function assertNothingRuns(folder: string): Promise<void> {
  const notes = ['dev.json', 'temporal.lock', 'mlflow.lock'];
  for (const name of notes) {
    const pid = await readPid(path.join(folder, name));
    if (pid === null || !isAlive(pid)) continue;
    throw new PermanentFailure('INVALID_INPUT', `A development stack runs in ${folder}, so nothing was changed.`, {
      problems: [{ field: name, found: `process ${String(pid)} is running`, expected: 'no running process' }],
      example: `npx gauntlet dev --stop; if that process is something else, delete ${path.join(folder, name)}`,
    });
  }
}

async function readPid(file: string): Promise<number | null> {
  try {
    const text = await readFile(file, 'utf8');
    const value: unknown = JSON.parse(text);
    const pid: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'pid') : value;
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

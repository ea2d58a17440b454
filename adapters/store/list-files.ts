import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { StagedFile, StoredFile } from '../../domain/retention/stored-file.js';
import { hasCode } from './durable-file.js';
import { stagingFolder } from './store-path.js';

/**
 * Every file below a folder of the store, folder by folder, as far as somebody asks: what is held here is one folder of
 * each level. A collection does keep the whole list, path and size of each file, because its plan is made over all of
 * them. Symbolic links are not followed: what they lead to is not the store's.
 */
export async function* listFilesBelow(root: string, folder: string): AsyncGenerator<StoredFile> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(emptyWhenAbsent);
  for (const entry of entries) {
    if (folder === '' && entry.name === stagingFolder) continue;
    const storePath = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* listFilesBelow(root, storePath);
    if (!entry.isFile()) continue;
    const facts = await factsOf(path.join(root, storePath));
    if (facts !== null) yield { path: storePath, ...facts };
  }
}

/** What is being written, or was left behind; names carry the process that made them. */
export async function* listStagedFiles(folder: string): AsyncGenerator<StagedFile> {
  const names = await readdir(folder).catch(emptyWhenAbsent);
  for (const name of names) {
    const facts = await factsOf(path.join(folder, name));
    if (facts !== null) yield { name, ...facts, isOwnerAlive: isAlive(ownerOf(name)) };
  }
}

/** Null when the file is gone meanwhile. */
async function factsOf(file: string): Promise<{ readonly bytes: number; readonly modifiedAt: string } | null> {
  try {
    const { size, mtime } = await stat(file);
    return { bytes: size, modifiedAt: mtime.toISOString() };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** As `uniqueName` writes it: purpose, process, UUID. Null for files that somebody else put there. */
function ownerOf(name: string): number | null {
  const match = /-(\d+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.|$)/.exec(name);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Signal 0 only asks; a process of somebody else counts as alive. */
function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function emptyWhenAbsent(error: unknown): [] {
  if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
  throw error;
}

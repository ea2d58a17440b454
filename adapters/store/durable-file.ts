import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';

/** Whether an error of the operating system has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Writes a complete file under a name of its own and brings it to the disk. Read-only, because nothing here changes. */
export async function writeDurably(file: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'wx', 0o444);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Gives a complete, synced file its final name, if nobody has it: `link`, because `rename` overwrites and opening the
 * final name first would leave a torn file behind a kill. Either way the folder is synced, so that what we answer as
 * there is there after a power cut too.
 */
export async function linkIfAbsent(complete: string, target: string): Promise<'created' | 'exists'> {
  const folder = path.dirname(target);
  const outcome = await link(complete, target).then(
    () => 'created' as const,
    (error: unknown) => {
      if (hasCode(error, 'EEXIST')) return 'exists' as const;
      throw error;
    },
  );
  await syncPath(folder);
  return outcome;
}

/** Makes a folder with its parents, and brings the new names to the disk. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let parent = folder; parent.length >= first.length; parent = path.dirname(parent)) {
    await syncPath(path.dirname(parent));
  }
}

/** Brings a file's bytes, or a folder's names, to the disk. */
export async function syncPath(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Large enough that a file of gigabytes is read at the speed of its disk. */
const hashedAtOnceBytes = 1 << 20;

/** sha256 and size of a file, read in a stream, which a signal ends with its reason. */
export async function hashFile(
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: hashedAtOnceBytes });
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** A name that nobody else uses. */
export function uniqueName(purpose: string, extension: string): string {
  return `${purpose}-${String(process.pid)}-${randomUUID()}${extension === '' ? '' : `.${extension}`}`;
}

/** Removes a file that may be gone already. */
export async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

/** Removes a file, and brings its absence to the disk: what was reported as freed does not come back with a power cut. */
export async function removeDurably(file: string): Promise<void> {
  await removeIfThere(file);
  await syncPath(path.dirname(file));
}

/** Makes a file young again, because somebody relies on it from now on. One that is gone meanwhile stays gone. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

/** What changes when a file is replaced or written to; null when there is none. */
export async function fileStamp(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join(':');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return null;
    throw error;
  }
}

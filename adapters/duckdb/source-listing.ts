import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RemoteSources } from '../sources/remote-sources.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { SourceDefinition } from '../../domain/pipeline-definition.js';
import { isDataFile, isGlob, isRemotePath, matchesGlob, splitGlob } from '../../domain/source-paths.js';

/** More files than this in one source are a mistake in its path rather than data. */
const MAX_FILES = 100_000;

/** A file of a source as it is now. `stamp` changes with the file. */
export interface ListedFile {
  /** Its name within the source, with `/`: what is behind the folder of a glob, or the last part of a single file. */
  readonly name: string;
  /** Where the engine reads it, every link followed. */
  readonly path: string;
  readonly bytes: number;
  readonly stamp: string;
}

export interface Listing {
  /** True for a single path, whose digest is that of the file itself. */
  readonly single: boolean;
  /** By name. */
  readonly files: readonly ListedFile[];
}

/** The files of a source, in the order of their names. Throws SOURCE_MISSING when there are none. */
export async function listSource(
  name: string,
  source: SourceDefinition,
  remote?: RemoteSources,
  signal?: AbortSignal,
): Promise<Listing> {
  const listing = isRemotePath(source.path)
    ? await listRemote(name, source, remote, signal)
    : await listLocal(name, source);
  if (listing.files.length === 0) throw sourceMissing(name, `no ${source.format} file at ${source.path}`);
  if (listing.files.length > MAX_FILES) throw sourceMissing(name, `more than ${String(MAX_FILES)} files`);
  const files = listing.files.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { ...listing, files };
}

export function sourceMissing(name: string, found: string): PermanentFailure {
  return new PermanentFailure('SOURCE_MISSING', `The source ${name} is not there.`, {
    problems: [{ field: `dataset.sources.${name}`, found, expected: 'a readable file' }],
  });
}

async function listLocal(name: string, source: SourceDefinition): Promise<Listing> {
  if (isGlob(source.path)) {
    const { folder, pattern } = splitGlob(source.path);
    const names = (await namesBelow(folder)).filter((below) => matchesGlob(below, pattern));
    return { single: false, files: await statAll(name, folder, names) };
  }
  const facts = await stat(source.path).catch(() => null);
  if (facts?.isDirectory() === true && source.format !== 'duckdb') {
    const names = (await namesBelow(source.path)).filter((below) => isDataFile(below, source.format));
    return { single: false, files: await statAll(name, source.path, names) };
  }
  const names = [path.basename(source.path)];
  const log = `${path.basename(source.path)}.wal`;
  const folder = path.dirname(source.path);
  // What a database has not merged yet is part of it.
  if (source.format === 'duckdb' && (await stat(path.join(folder, log)).catch(() => null)) !== null) names.push(log);
  return { single: names.length === 1, files: await statAll(name, folder, names) };
}

/** Every file below a folder, with `/` between the parts of its name. Folders that are links are not entered. */
async function namesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

async function statAll(name: string, folder: string, names: readonly string[]): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for (const below of names) {
    const { stamp, bytes, real } = await stampOf(name, path.join(folder, below));
    files.push({ name: below, path: real, bytes, stamp });
  }
  return files;
}

/** Objects come through a local cache; their version is part of the stamp, so another version is another file. */
async function listRemote(
  name: string,
  source: SourceDefinition,
  remote?: RemoteSources,
  signal?: AbortSignal,
): Promise<Listing> {
  if (remote === undefined) {
    throw new PermanentFailure('SOURCE_MISSING', `The source ${name} lies in an object store that is not set up.`, {
      problems: [
        {
          field: `dataset.sources.${name}`,
          found: source.path,
          expected: 'a local path, or a worker with S3 settings',
        },
      ],
    });
  }
  const objects = await remote.resolve(source.path, source.format, signal);
  const single = !isGlob(source.path) && objects.length === 1 && objects[0]?.url === source.path;
  const folder = single ? path.posix.dirname(source.path) : remoteFolder(source.path);
  const files: ListedFile[] = [];
  for (const { url, localPath, version } of objects) {
    const below = url.startsWith(`${folder}/`) ? url.slice(folder.length + 1) : url;
    const { stamp, bytes, real } = await stampOf(name, localPath);
    files.push({ name: below, path: real, bytes, stamp: `${version} ${stamp}` });
  }
  return { single, files };
}

function remoteFolder(url: string): string {
  return isGlob(url) ? splitGlob(url).folder : url.replace(/\/+$/, '');
}

/** A link may be pointed elsewhere during a run, so what is stamped, hashed and read is the file behind it. */
async function stampOf(name: string, file: string): Promise<{ stamp: string; bytes: number; real: string }> {
  const real = await realpath(file).catch(() => null);
  const facts = real === null ? null : await stat(real, { bigint: true }).catch(() => null);
  if (real === null || facts?.isFile() !== true) throw sourceMissing(name, `no file at ${file}`);
  const { dev, ino, size, mtimeNs, ctimeNs } = facts;
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), bytes: Number(size), real };
}

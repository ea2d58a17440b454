import type { RemoteSources } from '../sources/remote-sources.js';
import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { DatasetDefinition, SourceDefinition } from '../../domain/pipeline-definition.js';
import { hasCode, hashFile } from '../store/durable-file.js';
import { listSource, sourceMissing, type ListedFile } from './source-listing.js';

/** Files hashed at once: enough for a disk to be busy, few enough to leave the machine to others. */
const HASHED_AT_ONCE = 4;

export interface HashedFile extends ListedFile {
  readonly sha256: string;
}

/** One source as it was when it was hashed. */
export interface LoadedSource {
  readonly name: string;
  readonly definition: SourceDefinition;
  /** Of the file; for several files, of the list of their names and hashes. */
  readonly sha256: string;
  readonly bytes: number;
  /** True for a single file. */
  readonly single: boolean;
  /** By name. */
  readonly files: readonly HashedFile[];
}

/**
 * The sources of a dataset with their hashes. A file is hashed again only when its inode, size, or times changed, so a
 * source of gigabytes costs its hash once per process.
 */
export class SourceFiles {
  readonly #remote: RemoteSources | undefined;
  readonly #hashes = new Map<string, string>();

  constructor(remote?: RemoteSources) {
    this.#remote = remote;
  }

  /** A signal ends it between two reads of a file. */
  async load(dataset: Pick<DatasetDefinition, 'sources'>, signal?: AbortSignal): Promise<readonly LoadedSource[]> {
    const sources: LoadedSource[] = [];
    for (const [name, definition] of Object.entries(dataset.sources)) {
      const { single, files: listed } = await listSource(name, definition, this.#remote, signal);
      const files = await inTurns(listed, async (file) => ({ ...file, sha256: await this.#hash(name, file, signal) }));
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const sha256 = single ? files.map((file) => file.sha256).join() : digestOf(files.map(identityOf));
      sources.push({ name, definition, single, files, bytes, sha256 });
    }
    return sources;
  }

  /** The sources that are no longer what was hashed: changed, vanished and new files, other versions of objects. */
  async findChanged(sources: readonly LoadedSource[]): Promise<readonly ChangedSource[]> {
    const changed: ChangedSource[] = [];
    for (const { name, definition, files } of sources) {
      const listing = await listSource(name, definition, this.#remote).catch((error: unknown) => {
        if (error instanceof PermanentFailure) return { files: [] };
        throw error;
      });
      const difference = differenceOf(files, listing.files);
      if (difference !== null) changed.push({ name, ...difference });
    }
    return changed;
  }

  async #hash(name: string, { path, stamp }: ListedFile, signal?: AbortSignal): Promise<string> {
    const key = `${path}\n${stamp}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    signal?.throwIfAborted();
    const { sha256 } = await hashFile(path, signal).catch((error: unknown) => {
      if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM')) throw error;
      throw sourceMissing(name, `${path}, which may not be read`);
    });
    this.#hashes.set(key, sha256);
    return sha256;
  }
}

export interface ChangedSource {
  readonly name: string;
  /** How it differs, for people. */
  readonly found: string;
}

/** SOURCE_CHANGED: what was read may not be what its hash says. */
export function sourceChanged(changed: readonly ChangedSource[], attempts: number): PermanentFailure {
  const names = changed.map(({ name }) => name).join(', ');
  const times = attempts === 1 ? '' : `, ${String(attempts)} times in a row`;
  return new PermanentFailure('SOURCE_CHANGED', `The source ${names} changed while it was read${times}.`, {
    problems: changed.map(({ name, found }) => ({
      field: `dataset.sources.${name}`,
      found,
      expected: 'files that stay as they are while a snapshot is built',
    })),
  });
}

function identityOf({ name, sha256 }: HashedFile): { readonly name: string; readonly sha256: string } {
  return { name, sha256 };
}

function differenceOf(before: readonly ListedFile[], now: readonly ListedFile[]): { readonly found: string } | null {
  const left = new Map(before.map((file) => [file.name, file]));
  for (const file of now) {
    const known = left.get(file.name);
    if (known === undefined) return { found: `a new ${file.path}` };
    if (known.stamp !== file.stamp) return { found: `another ${file.path}` };
    left.delete(file.name);
  }
  const [gone] = left.values();
  return gone === undefined ? null : { found: `no ${gone.path} any more` };
}

/** Runs over all entries, a few at once, and keeps their order. */
async function inTurns<T, R>(entries: readonly T[], work: (entry: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const turn = async () => {
    for (let index = next++; index < entries.length; index = next++) {
      results[index] = await work(entries[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(HASHED_AT_ONCE, entries.length) }, turn));
  return results;
}

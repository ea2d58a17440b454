import type { AdoptedName, Store } from '../../activities/ports/store.js';
import { sha256Hex } from '../../contracts/digest.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { StoredFile } from '../../domain/retention/stored-file.js';

/** What every step of a store goes through before it happens: a schedule, a crash, or nothing. */
export type Gate = (step: string) => Promise<void>;

/** A store in memory with the one primitive of the real one. Several views may share `files`, as processes share a disk. */
export class MemoryStore implements Store {
  readonly files: Map<string, Uint8Array>;
  readonly #gate: Gate;

  constructor(files = new Map<string, Uint8Array>(), gate: Gate = () => Promise.resolve()) {
    this.files = files;
    this.#gate = gate;
  }

  async createIfAbsent(path: string, bytes: Uint8Array | string): Promise<'created' | 'exists'> {
    await this.#gate(`create ${path}`);
    if (this.files.has(path)) return 'exists';
    this.files.set(path, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
    return 'created';
  }

  async read(path: string): Promise<Uint8Array | null> {
    await this.#gate(`read ${path}`);
    return this.files.get(path) ?? null;
  }

  async list(folder: string): Promise<readonly string[]> {
    await this.#gate(`list ${folder}`);
    const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
  }

  stage(): Promise<string> {
    return Promise.reject(new Error('a store in memory stages nothing'));
  }

  /** Nothing is staged in memory, so a staged file's path is its content too. */
  async adopt(stagedPath: string, name: AdoptedName): Promise<FileRef> {
    const content = { sha256: sha256Hex(stagedPath), bytes: stagedPath.length };
    const path = typeof name === 'string' ? name : name(content);
    await this.createIfAbsent(path, stagedPath);
    return { path, ...content };
  }

  async share(file: FileRef, path: string): Promise<FileRef> {
    await this.createIfAbsent(path, this.files.get(file.path) ?? '');
    return { ...file, path };
  }

  localPath(file: FileRef | string): Promise<string> {
    return Promise.resolve(typeof file === 'string' ? file : file.path);
  }

  async remove(path: string): Promise<void> {
    await this.#gate(`remove ${path}`);
    this.files.delete(path);
  }

  /** Files are as old as `writtenAt` says. */
  async *listRecursive(folder: string): AsyncGenerator<StoredFile> {
    await this.#gate(`list all ${folder}`);
    for (const [path, { byteLength }] of this.files) {
      if (path.startsWith(`${folder}/`)) yield { path, bytes: byteLength, modifiedAt: MemoryStore.writtenAt };
    }
  }

  /** When every file was written, as far as a listing tells. */
  static readonly writtenAt = '2001-03-05T00:00:00.000Z';

  /** Everything of another store, for comparing and for starting from the same state. */
  static copyOf(files: ReadonlyMap<string, Uint8Array>, gate?: Gate): MemoryStore {
    return new MemoryStore(new Map(files), gate);
  }
}

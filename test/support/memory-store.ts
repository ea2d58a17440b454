import type { AdoptedName, Store } from '../../activities/ports/store.js';
import type { FileRef } from '../../domain/model-ref.js';

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

  adopt(_stagedPath: string, _path: AdoptedName): Promise<FileRef> {
    return Promise.reject(new Error('a store in memory adopts nothing'));
  }

  localPath(file: FileRef | string): Promise<string> {
    return Promise.resolve(typeof file === 'string' ? file : file.path);
  }

  /** Everything of another store, for comparing and for starting from the same state. */
  static copyOf(files: ReadonlyMap<string, Uint8Array>, gate?: Gate): MemoryStore {
    return new MemoryStore(new Map(files), gate);
  }
}

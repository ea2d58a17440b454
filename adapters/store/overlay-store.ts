import { copyFile, link } from 'node:fs/promises';
import path from 'node:path';
import type { AdoptedName, Store } from '../../activities/ports/store.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { StoredFile } from '../../domain/retention/stored-file.js';
import { fileStamp, hasCode } from './durable-file.js';
import type { FileSystemStore } from './file-system-store.js';

/** A store that shows all of another one, and keeps what is written in a folder of its own. */
export class OverlayStore implements Store {
  readonly #base: Store;
  readonly #own: FileSystemStore;

  constructor(base: Store, own: FileSystemStore) {
    this.#base = base;
    this.#own = own;
  }

  async createIfAbsent(storePath: string, bytes: Uint8Array | string): Promise<'created' | 'exists'> {
    return (await this.#base.read(storePath)) === null ? this.#own.createIfAbsent(storePath, bytes) : 'exists';
  }

  async read(storePath: string): Promise<Uint8Array | null> {
    return (await this.#own.read(storePath)) ?? this.#base.read(storePath);
  }

  async list(folder: string): Promise<readonly string[]> {
    const [own, base] = await Promise.all([this.#own.list(folder), this.#base.list(folder)]);
    return [...new Set([...own, ...base])].sort();
  }

  stage(purpose: string, extension: string): Promise<string> {
    return this.#own.stage(purpose, extension);
  }

  adopt(stagedPath: string, name: AdoptedName): Promise<FileRef> {
    return this.#own.adopt(stagedPath, name);
  }

  /** Without writing the bytes again where both lie in one file system, as the store itself would do it. */
  async share(file: FileRef, storePath: string): Promise<FileRef> {
    const source = await this.localPath(file);
    const staged = await this.stage('share', path.extname(storePath).slice(1));
    await link(source, staged).catch((error: unknown) => {
      if (!hasCode(error, 'EXDEV') && !hasCode(error, 'EPERM')) throw error;
      return copyFile(source, staged);
    });
    return { ...file, ...(await this.adopt(staged, storePath)) };
  }

  async localPath(file: FileRef | string): Promise<string> {
    const storePath = typeof file === 'string' ? file : file.path;
    const isOwn = (await fileStamp(this.#own.locate(storePath))) !== null;
    return isOwn ? this.#own.localPath(file) : this.#base.localPath(file);
  }

  /** Only what was written here: the store below stays as it is. */
  remove(storePath: string): Promise<void> {
    return this.#own.remove(storePath);
  }

  async *listRecursive(folder: string): AsyncGenerator<StoredFile> {
    const own = new Set<string>();
    for await (const file of this.#own.listRecursive(folder)) {
      own.add(file.path);
      yield file;
    }
    for await (const file of this.#base.listRecursive(folder)) if (!own.has(file.path)) yield file;
  }
}

import { copyFile, readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { StagingArea } from '../../activities/ports/staging-area.js';
import type { AdoptedName, Store } from '../../activities/ports/store.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { StagedFile, StoredFile } from '../../domain/retention/stored-file.js';
import {
  fileStamp,
  hasCode,
  hashFile,
  linkIfAbsent,
  makeFolderDurably,
  removeDurably,
  removeIfThere,
  syncPath,
  touch,
  uniqueName,
  writeDurably,
} from './durable-file.js';
import { listFilesBelow } from './list-files.js';
import { stagingAreaOf } from './staging-folder.js';
import { missingFile, otherContent } from './store-failures.js';
import { resolveStorePath, stagingFolder } from './store-path.js';

/** A store on one host's file system: every worker that shares it runs on that host. */
export class FileSystemStore implements Store, StagingArea {
  readonly root: string;
  readonly #staging: StagingArea;
  readonly #verified = new Map<string, string>();

  constructor(root: string) {
    this.root = path.resolve(root);
    this.#staging = stagingAreaOf(path.join(this.root, stagingFolder));
  }

  async createIfAbsent(storePath: string, bytes: Uint8Array | string): Promise<'created' | 'exists'> {
    const target = await this.#prepare(storePath);
    const temporary = await this.stage('create', 'tmp');
    try {
      await writeDurably(temporary, bytes);
      return await linkIfAbsent(temporary, target);
    } finally {
      await removeIfThere(temporary);
    }
  }

  async read(storePath: string): Promise<Uint8Array | null> {
    const file = resolveStorePath(this.root, storePath);
    try {
      await this.#assertInside(file, storePath);
      return await readFile(file);
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    const directory = folder === '' ? this.root : resolveStorePath(this.root, folder);
    try {
      if (folder !== '') await this.#assertInside(directory, folder);
      const names = await readdir(directory);
      return names.filter((name) => name !== stagingFolder).sort();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  async stage(purpose: string, extension: string): Promise<string> {
    const folder = path.join(this.root, stagingFolder);
    await makeFolderDurably(folder);
    return path.join(folder, uniqueName(purpose.replaceAll(/[^A-Za-z0-9_-]/g, '-'), extension));
  }

  async adopt(stagedPath: string, name: AdoptedName): Promise<FileRef> {
    const staged = await this.#ownCopy(stagedPath);
    await syncPath(staged);
    const content = await hashFile(staged);
    const storePath = typeof name === 'string' ? name : name(content);
    const target = await this.#prepare(storePath);
    const outcome = await linkIfAbsent(staged, target);
    const stored = await hashFile(target);
    if (stored.sha256 !== content.sha256) throw otherContent(storePath, stored.sha256, content.sha256, outcome);
    if (outcome === 'exists') await touch(target);
    await removeIfThere(staged);
    await removeIfThere(stagedPath);
    return { path: storePath, ...content };
  }

  /** Nothing in a store changes, so one file may have two names here: removing one leaves the other. */
  async share(file: FileRef, storePath: string): Promise<FileRef> {
    const source = await this.localPath(file);
    const target = await this.#prepare(storePath);
    const outcome = await linkIfAbsent(source, target);
    const shared = { ...file, path: storePath };
    if (outcome === 'exists') {
      await this.localPath(shared);
      await touch(target);
    } else {
      const stamp = await fileStamp(target);
      this.#verified.set(storePath, `${file.sha256} ${stamp ?? ''}`);
      this.#verified.set(file.path, `${file.sha256} ${stamp ?? ''}`);
    }
    return shared;
  }

  async localPath(file: FileRef | string): Promise<string> {
    const ref = typeof file === 'string' ? { path: file } : file;
    const local = resolveStorePath(this.root, ref.path);
    const stamp = await fileStamp(local);
    if (stamp === null) throw missingFile(ref.path);
    await this.#assertInside(local, ref.path);
    if ('sha256' in ref) await this.#verify(ref, local, stamp);
    return local;
  }

  async remove(storePath: string): Promise<void> {
    const file = resolveStorePath(this.root, storePath);
    try {
      await this.#assertInside(path.dirname(file), storePath);
      await removeDurably(file);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  async *listRecursive(folder: string): AsyncGenerator<StoredFile> {
    if (folder !== '') resolveStorePath(this.root, folder);
    yield* listFilesBelow(this.root, folder);
  }

  listStaged(): AsyncIterable<StagedFile> {
    return this.#staging.listStaged();
  }

  removeStaged(name: string): Promise<void> {
    return this.#staging.removeStaged(name);
  }

  /** Where people and other programs find a path of this store. */
  locate(storePath: string): string {
    return resolveStorePath(this.root, storePath);
  }

  /** Hashes a file once for as long as the file system shows it unchanged. */
  async #verify(ref: FileRef, local: string, stamp: string): Promise<void> {
    const key = `${ref.sha256} ${stamp}`;
    if (this.#verified.get(ref.path) === key) return;
    const found = await hashFile(local);
    if (found.sha256 !== ref.sha256) throw otherContent(ref.path, found.sha256, ref.sha256, 'exists');
    this.#verified.set(ref.path, key);
  }

  /** The place of a new file, with its folder there. */
  async #prepare(storePath: string): Promise<string> {
    const target = resolveStorePath(this.root, storePath);
    await makeFolderDurably(path.dirname(target));
    await this.#assertInside(path.dirname(target), storePath);
    return target;
  }

  /** A link is one file under two names, so what comes from elsewhere is copied: nobody else may hold a name of it. */
  async #ownCopy(stagedPath: string): Promise<string> {
    const relative = path.relative(path.join(this.root, stagingFolder), path.resolve(stagedPath));
    if (!relative.startsWith('..') && !path.isAbsolute(relative)) return stagedPath;
    const copy = await this.stage('adopt', 'tmp');
    await copyFile(stagedPath, copy);
    return copy;
  }

  /** Refuses a symbolic link that leads out of the store. */
  async #assertInside(local: string, storePath: string): Promise<void> {
    const relative = path.relative(await realpath(this.root), await realpath(local));
    if (relative.startsWith('..') || path.isAbsolute(relative)) {
      throw new PermanentFailure('STORE_MISMATCH', `${storePath} leads out of the store`, {
        problems: [{ field: storePath, found: 'a symbolic link to elsewhere', expected: 'a file of the store' }],
      });
    }
  }
}

function isAbsent(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

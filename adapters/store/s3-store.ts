import { createHash } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { AdoptedName, Store } from '../../activities/ports/store.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { CachedFile, LocalCache } from '../s3/local-cache.js';
import type { S3Bucket } from '../s3/s3-bucket.js';
import { hashFile, removeIfThere, uniqueName } from './durable-file.js';
import { missingFile, otherContent } from './store-failures.js';
import { storePathParts } from './store-path.js';

/** The largest object that one request may write; parts of snapshots and publications are far smaller. */
const maxUploadBytes = 5 * 1024 ** 3;

/** A store in a bucket: any number of hosts share it. What is being written, and copies of what is read, are local. */
export class S3Store implements Store {
  /** As a person writes it: `s3://bucket/prefix`. */
  readonly location: string;
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #stagingFolder: string;
  readonly #cache: LocalCache;
  /** One cache may hold copies of several stores. */
  readonly #cacheFolder: string;

  constructor(args: {
    readonly bucket: S3Bucket;
    readonly prefix: string;
    /** For the cache: two services may have buckets of one name. */
    readonly endpoint: string;
    readonly stagingFolder: string;
    readonly cache: LocalCache;
  }) {
    this.#bucket = args.bucket;
    this.#prefix = args.prefix === '' ? '' : `${args.prefix}/`;
    this.location = `s3://${args.bucket.name}/${this.#prefix}`.replace(/\/$/, '');
    this.#stagingFolder = args.stagingFolder;
    this.#cache = args.cache;
    const identity = createHash('sha256').update(`${args.endpoint}\n${this.location}`).digest('hex');
    this.#cacheFolder = `store-${identity.slice(0, 16)}`;
  }

  async createIfAbsent(storePath: string, content: Uint8Array | string): Promise<'created' | 'exists'> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return this.#bucket.createIfAbsent(this.#key(storePath), bytes, { sha256, bytes: bytes.byteLength });
  }

  async read(storePath: string): Promise<Uint8Array | null> {
    return this.#bucket.read(this.#key(storePath));
  }

  async list(folder: string): Promise<readonly string[]> {
    return [...(await this.#bucket.names(this.#folderKey(folder)))].sort();
  }

  async stage(purpose: string, extension: string): Promise<string> {
    await mkdir(this.#stagingFolder, { recursive: true });
    return path.join(this.#stagingFolder, uniqueName(purpose.replaceAll(/[^A-Za-z0-9_-]/g, '-'), extension));
  }

  async adopt(stagedPath: string, name: AdoptedName): Promise<FileRef> {
    const content = await hashFile(stagedPath);
    const storePath = typeof name === 'string' ? name : name(content);
    const key = this.#key(storePath);
    if (content.bytes > maxUploadBytes) throw tooLarge(storePath, content.bytes);
    const outcome = await this.#bucket.createIfAbsent(key, stagedPath, content);
    const facts = await this.#bucket.head(key);
    if (facts === null) throw new Error(`${storePath} was written and is not there`);
    const stored = facts.sha256 ?? (await this.#copyOf(storePath, facts.version)).sha256;
    if (stored !== content.sha256) throw otherContent(storePath, stored, content.sha256, outcome);
    if (this.#isOurs(stagedPath)) {
      // Whoever wrote it reads it next: it becomes the local copy.
      await this.#cache.keep(stagedPath, this.#cacheName(storePath), { version: facts.version, ...content });
    }
    await removeIfThere(stagedPath);
    return { path: storePath, ...content };
  }

  /** The local copy is written under the other name: it is there already, verified. */
  async share(file: FileRef, storePath: string): Promise<FileRef> {
    const staged = await this.stage('share', path.extname(storePath).slice(1));
    try {
      await copyFile(await this.localPath(file), staged);
      const { sha256, bytes } = await this.adopt(staged, storePath);
      return { ...file, path: storePath, sha256, bytes };
    } finally {
      await removeIfThere(staged);
    }
  }

  /** Asks the bucket each time, so that a file that is gone or replaced there is noticed, and copies it once. */
  async localPath(file: FileRef | string): Promise<string> {
    const ref = typeof file === 'string' ? { path: file } : file;
    const facts = await this.#bucket.head(this.#key(ref.path));
    if (facts === null) {
      await this.#cache.drop(this.#cacheName(ref.path));
      throw missingFile(ref.path);
    }
    const copy = await this.#copyOf(ref.path, facts.version);
    if ('sha256' in ref && copy.sha256 !== ref.sha256) {
      throw otherContent(ref.path, copy.sha256, ref.sha256, 'exists');
    }
    return copy.path;
  }

  /** Removes a file; one that is gone already is no error. */
  async remove(storePath: string): Promise<void> {
    await this.#bucket.remove(this.#key(storePath));
    await this.#cache.drop(this.#cacheName(storePath));
  }

  /** Every file below a folder, in the order of paths. */
  async *listRecursive(
    folder: string,
  ): AsyncGenerator<{ readonly path: string; readonly bytes: number; readonly modifiedAt: string }> {
    for await (const { key, bytes, modifiedAt } of this.#bucket.list(this.#folderKey(folder))) {
      if (!key.endsWith('/')) yield { path: key.slice(this.#prefix.length), bytes, modifiedAt };
    }
  }

  /** Where people and other programs find a path of this store. */
  locate(storePath: string): string {
    return `s3://${this.#bucket.name}/${this.#key(storePath)}`;
  }

  async #copyOf(storePath: string, version: string): Promise<CachedFile> {
    const object = { key: this.#key(storePath), version };
    const copy = await this.#cache.file({ name: this.#cacheName(storePath), version }, (target) =>
      this.#bucket.download(object, target),
    );
    if (copy === null) throw missingFile(storePath);
    return copy;
  }

  #key(storePath: string): string {
    return this.#prefix + storePathParts(storePath).join('/');
  }

  #folderKey(folder: string): string {
    return folder === '' ? this.#prefix : `${this.#key(folder)}/`;
  }

  #cacheName(storePath: string): string {
    return `${this.#cacheFolder}/${storePath}`;
  }

  /** Somebody else may hold another name of a file that lies elsewhere, and change it. */
  #isOurs(stagedPath: string): boolean {
    return path.dirname(path.resolve(stagedPath)) === path.resolve(this.#stagingFolder);
  }
}

function tooLarge(storePath: string, bytes: number): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', `${storePath} is too large for a store on S3`, {
    problems: [{ field: storePath, found: `${bytes} bytes`, expected: `at most ${maxUploadBytes} bytes in one file` }],
  });
}

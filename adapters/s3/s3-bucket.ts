import { createReadStream, createWriteStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isConditionFailed, isConflict, isMissing, isRefused } from './s3-errors.js';

/** sha256 in hex, and the size. */
export interface Content {
  readonly sha256: string;
  readonly bytes: number;
}

/** What is known of an object without reading it. */
export interface ObjectFacts {
  readonly key: string;
  readonly bytes: number;
  /** The entity tag: another one whenever the object was written again. */
  readonly version: string;
  readonly modifiedAt: string;
}

/** How often a write or a download is begun before its failure is the caller's. */
const maxAttempts = 4;
const firstWaitMs = 50;

/** One bucket: the few things a store and sources need of it. */
export class S3Bucket {
  readonly name: string;
  readonly #client: S3Client;

  constructor(client: S3Client, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Null when nothing is there. */
  async read(key: string): Promise<Uint8Array | null> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Null when nothing is there. `sha256` is null where the service keeps none of the whole object. */
  async head(key: string): Promise<(ObjectFacts & { readonly sha256: string | null }) | null> {
    try {
      const facts = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.name, Key: key, ChecksumMode: 'ENABLED' }),
      );
      const known = facts.ChecksumType !== 'COMPOSITE' ? facts.ChecksumSHA256 : undefined;
      return {
        ...factsOf({ ...facts, Key: key, Size: facts.ContentLength }),
        sha256: known === undefined ? null : Buffer.from(known, 'base64').toString('hex'),
      };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /**
   * Writes an object if nobody has, whole or not at all: the service compares the checksum before it shows anything.
   * A conflict is tried again. After a failure that leaves it open whether the object was written (no answer, or an
   * error of the service) we look: an object that is there counts as `exists`, whoever wrote it, since the caller has to
   * compare with what is there in that case anyway.
   */
  async createIfAbsent(key: string, body: string | Uint8Array, content: Content): Promise<'created' | 'exists'> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#put(key, body, content);
        return 'created';
      } catch (error) {
        if (isConditionFailed(error)) return 'exists';
        if (isRefused(error)) throw error;
        if (!isConflict(error) && (await this.#isThere(key))) return 'exists';
        if (attempt === maxAttempts) throw error;
        await pauseBefore(attempt);
      }
    }
  }

  /** Everything below a prefix, page after page, in the order of keys. */
  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    for await (const { Contents = [] } of this.#pages({ Prefix: prefix })) {
      for (const facts of Contents) yield factsOf(facts);
    }
  }

  /** Names directly under a prefix that ends in `/` or is empty; folders without their slash. */
  async names(prefix: string): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for await (const { Contents = [], CommonPrefixes = [] } of this.#pages({ Prefix: prefix, Delimiter: '/' })) {
      for (const { Key = '' } of Contents) names.add(Key.slice(prefix.length));
      for (const { Prefix = '' } of CommonPrefixes) names.add(Prefix.slice(prefix.length, -1));
    }
    // Some tools mark a folder by an empty object of the folder's name.
    names.delete('');
    return names;
  }

  /** Whether the bucket can be listed at all: throws what the service says when not. */
  async assertAccess(prefix: string): Promise<void> {
    await this.#client.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, MaxKeys: 1 }));
  }

  /** Safe to repeat. */
  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /**
   * Copies one version of an object to a local file and answers what arrived. Null when the object is gone or is another
   * one by now. A stream that breaks is begun again.
   */
  async download(object: { readonly key: string; readonly version: string }, target: string): Promise<Content | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#stream(object, target);
      } catch (error) {
        if (isMissing(error) || isConditionFailed(error)) return null;
        if (isRefused(error) || attempt === maxAttempts) throw error;
        await pauseBefore(attempt);
      }
    }
  }

  async #put(key: string, body: string | Uint8Array, content: Content): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.name,
        Key: key,
        Body: typeof body === 'string' ? createReadStream(body) : body,
        ContentLength: content.bytes,
        ChecksumSHA256: Buffer.from(content.sha256, 'hex').toString('base64'),
        IfNoneMatch: '*',
      }),
    );
  }

  async #stream(object: { readonly key: string; readonly version: string }, target: string): Promise<Content> {
    const { Body, ContentLength } = await this.#client.send(
      new GetObjectCommand({ Bucket: this.name, Key: object.key, IfMatch: object.version }),
    );
    if (!(Body instanceof Readable)) throw new Error(`s3://${this.name}/${object.key} was answered without a body`);
    const hash = createHash('sha256');
    let bytes = 0;
    const measured = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    };
    await pipeline(Body, measured, createWriteStream(target));
    if (ContentLength !== undefined && bytes !== ContentLength) {
      throw new Error(`s3://${this.name}/${object.key} ended after ${bytes} of ${ContentLength} bytes`);
    }
    return { sha256: hash.digest('hex'), bytes };
  }

  /** Not knowing counts as no: the write is then tried again, and its condition decides. */
  async #isThere(key: string): Promise<boolean> {
    return this.head(key).then(
      (facts) => facts !== null,
      () => false,
    );
  }

  async *#pages(request: { readonly Prefix: string; readonly Delimiter?: string }) {
    for (let token: string | undefined; ;) {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.name,
          ...request,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      yield page;
      if (page.IsTruncated !== true || page.NextContinuationToken === undefined) return;
      token = page.NextContinuationToken;
    }
  }
}

function factsOf(facts: {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}): ObjectFacts {
  const { Key = '', Size = 0, ETag = '', LastModified } = facts;
  return { key: Key, bytes: Size, version: ETag, modifiedAt: (LastModified ?? new Date(0)).toISOString() };
}

/** Longer each time, and never the same for two that failed together. */
function pauseBefore(attempt: number): Promise<void> {
  return wait(firstWaitMs * 2 ** attempt * (0.5 + Math.random() / 2));
}

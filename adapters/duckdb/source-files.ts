import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { DatasetDefinition } from '../../domain/pipeline-definition.js';
import { PermanentFailure } from '../../domain/failure-types.js';

/** One source as it was when it was hashed. `stamp` tells whether it is still the same file. */
export interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly format: 'parquet' | 'csv';
  readonly sha256: string;
  readonly bytes: number;
  readonly stamp: string;
}

/**
 * The sources of a dataset with their hashes. A file is hashed again only when its inode, size, or times changed, so a
 * source of gigabytes costs its hash once per process.
 */
export class SourceFiles {
  readonly #hashes = new Map<string, string>();

  async load(dataset: DatasetDefinition): Promise<readonly SourceFile[]> {
    const sources: SourceFile[] = [];
    for (const [name, { path, format }] of Object.entries(dataset.sources)) {
      const { stamp, bytes } = await stampOf(name, path);
      sources.push({ name, path, format, bytes, stamp, sha256: await this.#hash(path, stamp) });
    }
    return sources;
  }

  async #hash(path: string, stamp: string): Promise<string> {
    const key = `${path}\n${stamp}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
    const sha256 = hash.digest('hex');
    this.#hashes.set(key, sha256);
    return sha256;
  }
}

/** Throws SOURCE_CHANGED when a source is no longer the file that was hashed: what was read may not be what it says. */
export async function assertUnchanged(sources: readonly SourceFile[]): Promise<void> {
  for (const source of sources) {
    const { stamp } = await stampOf(source.name, source.path);
    if (stamp === source.stamp) continue;
    throw new PermanentFailure('SOURCE_CHANGED', `The source ${source.name} changed while it was read.`, {
      problems: [
        {
          field: `dataset.sources.${source.name}`,
          found: `another ${source.path}`,
          expected: 'a file that stays as it is',
        },
      ],
    });
  }
}

async function stampOf(name: string, path: string): Promise<{ stamp: string; bytes: number }> {
  const facts = await stat(path, { bigint: true }).catch(() => null);
  if (facts?.isFile() !== true) {
    throw new PermanentFailure('SOURCE_MISSING', `The source ${name} is not there.`, {
      problems: [{ field: `dataset.sources.${name}`, found: `no file at ${path}`, expected: 'a readable file' }],
    });
  }
  const { dev, ino, size, mtimeNs, ctimeNs } = facts;
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), bytes: Number(size) };
}

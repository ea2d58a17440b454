import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceFiles } from '../../../adapters/duckdb/source-files.js';
import type { LocalObject, RemoteSources } from '../../../adapters/sources/remote-sources.js';
import type { SourceDefinition } from '../../../domain/pipeline-definition.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-sources-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text = name): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

function orders(source: Partial<SourceDefinition> & { readonly path: string }) {
  return { sources: { orders: { format: 'csv' as const, ...source } } };
}

async function namesOf(source: Partial<SourceDefinition> & { readonly path: string }): Promise<readonly string[]> {
  const [loaded] = await new SourceFiles().load(orders(source));
  return (loaded?.files ?? []).map((file) => file.name);
}

describe('a source of one file', () => {
  it('has the sha256 of its bytes', async () => {
    const file = await write('orders.csv', 'abc');
    const [source] = await new SourceFiles().load(orders({ path: file }));
    // The published test vector of SHA-256 for "abc".
    expect(source?.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(source?.bytes).toBe(3);
  });

  it('that changed between its hash and the end of the read is noticed, even with the same size and time', async () => {
    const file = await write('orders.csv', 'abc');
    const files = new SourceFiles();
    const sources = await files.load(orders({ path: file }));
    expect(await files.findChanged(sources)).toEqual([]);
    await writeFile(file, 'abd');
    await utimes(file, new Date(0), new Date(0));
    expect(await files.findChanged(sources)).toEqual([{ name: 'orders', found: `another ${file}` }]);
  });

  it('is the file behind a link, and another one when the link is pointed elsewhere', async () => {
    const [first, second] = [await write('1.csv'), await write('2.csv')];
    const link = path.join(folder, 'current.csv');
    await symlink(first, link);
    const files = new SourceFiles();
    const sources = await files.load(orders({ path: link }));
    expect(sources[0]?.files[0]?.path).toBe(first);
    await rm(link);
    await symlink(second, link);
    expect(await files.findChanged(sources)).toHaveLength(1);
  });
});

describe('a source of several files', () => {
  it('is a glob, whose stars stay in their folder unless there are two', async () => {
    for (const name of ['a.csv', 'b.csv', 'b.txt', 'deep/c.csv', 'deep/er/d.csv']) await write(name);
    expect(await namesOf({ path: path.join(folder, '*.csv') })).toEqual(['a.csv', 'b.csv']);
    expect(await namesOf({ path: path.join(folder, '**/*.csv') })).toEqual([
      'a.csv',
      'b.csv',
      'deep/c.csv',
      'deep/er/d.csv',
    ]);
    expect(await namesOf({ path: path.join(folder, 'd*/?.csv') })).toEqual(['c.csv'].map((name) => `deep/${name}`));
    expect(await namesOf({ path: path.join(folder, '[bc].csv') })).toEqual(['b.csv']);
  });

  it('is a folder, without markers and half-written files', async () => {
    for (const name of ['day=1/a.parquet', 'day=2/a.parquet', '_SUCCESS', '_temporary/x.parquet', '.part.parquet']) {
      await write(name);
    }
    expect(await namesOf({ path: folder, format: 'parquet' })).toEqual(['day=1/a.parquet', 'day=2/a.parquet']);
  });

  it('has one digest over names and contents, whatever was written first', async () => {
    const digestOf = async (names: readonly (readonly [string, string])[]) => {
      await rm(folder, { recursive: true });
      for (const [name, text] of names) await write(name, text);
      return (await new SourceFiles().load(orders({ path: path.join(folder, '*.csv') })))[0]?.sha256;
    };
    const original = await digestOf([
      ['a.csv', '1'],
      ['b.csv', '2'],
    ]);
    expect(
      await digestOf([
        ['b.csv', '2'],
        ['a.csv', '1'],
      ]),
    ).toBe(original);
    expect(
      await digestOf([
        ['a.csv', '2'],
        ['b.csv', '1'],
      ]),
    ).not.toBe(original);
    expect(
      await digestOf([
        ['a.csv', '1'],
        ['c.csv', '2'],
      ]),
    ).not.toBe(original);
  });

  it.each([
    ['a new file', () => write('c.csv'), 'a new'],
    ['a changed file', () => write('b.csv', 'other'), 'another'],
    ['a file that is gone', () => rm(path.join(folder, 'a.csv')), 'no'],
  ])('is noticed to have %s', async (_, change, found) => {
    await write('a.csv');
    await write('b.csv');
    const files = new SourceFiles();
    const sources = await files.load(orders({ path: path.join(folder, '*.csv') }));
    await change();
    expect(await files.findChanged(sources)).toMatchObject([{ found: expect.stringMatching(`^${found} `) as string }]);
  });
});

describe('a source that is not there', () => {
  it.each(['nothing.csv', '*.csv', 'nowhere/**/*.csv'])('is named: %s', async (below) => {
    await write('other.txt');
    await expect(new SourceFiles().load(orders({ path: path.join(folder, below) }))).rejects.toMatchObject({
      type: 'SOURCE_MISSING',
      problems: [{ field: 'dataset.sources.orders', found: expect.stringContaining(below) as string }],
    });
  });
});

describe('a source of objects', () => {
  const object = (name: string, localPath: string, version = 'v1'): LocalObject => ({
    url: `s3://bucket/orders/${name}`,
    localPath,
    bytes: 1,
    version,
  });

  function remote(objects: () => readonly LocalObject[]): RemoteSources {
    return { resolve: () => Promise.resolve(objects()) };
  }

  it('has the digest that the same files have on a disk', async () => {
    const [a, b] = [await write('a.csv', '1'), await write('b.csv', '2')];
    const [local] = await new SourceFiles().load(orders({ path: path.join(folder, '*.csv') }));
    const objects = remote(() => [object('b.csv', b), object('a.csv', a)]);
    const [found] = await new SourceFiles(objects).load(orders({ path: 's3://bucket/orders/*.csv' }));
    expect(found?.sha256).toBe(local?.sha256);
    const [one] = await new SourceFiles(remote(() => [object('a.csv', a)])).load(
      orders({ path: 's3://bucket/orders/a.csv' }),
    );
    const [file] = await new SourceFiles().load(orders({ path: a }));
    expect(one).toMatchObject({ sha256: file?.sha256, single: true });
  });

  it('is noticed to have another version', async () => {
    const a = await write('a.csv');
    let version = 'v1';
    const files = new SourceFiles(remote(() => [object('a.csv', a, version)]));
    const sources = await files.load(orders({ path: 's3://bucket/orders/a.csv' }));
    expect(await files.findChanged(sources)).toEqual([]);
    version = 'v2';
    expect(await files.findChanged(sources)).toHaveLength(1);
  });

  it('needs an object store', async () => {
    await expect(new SourceFiles().load(orders({ path: 's3://bucket/orders/a.csv' }))).rejects.toMatchObject({
      type: 'SOURCE_MISSING',
      problems: [{ found: 's3://bucket/orders/a.csv', expected: expect.stringContaining('S3') as string }],
    });
  });
});

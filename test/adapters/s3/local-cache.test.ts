import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalCache } from '../../../adapters/s3/local-cache.js';
import { sha256Hex } from '../../../contracts/digest.js';

let folder: string;
let cache: LocalCache;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-cache-'));
  cache = new LocalCache({ folder, maxBytes: 1 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (name: string) =>
  cache.file({ name, version: 'v1' }, async (target) => {
    await writeFile(target, name);
    return { sha256: sha256Hex(name), bytes: name.length };
  });

/** As if the copy had last been asked for that long ago. */
async function age(name: string, minutes: number): Promise<void> {
  const at = new Date(Date.now() - minutes * 60_000);
  await utimes(path.join(folder, 'notes', `${name}.json`), at, at);
}

const isThere = (name: string) =>
  stat(path.join(folder, 'files', name)).then(
    () => true,
    () => false,
  );

it('keeps what was asked for within the two hours of the longest step, although there is no room, and nothing else', async () => {
  for (const name of ['long ago', 'just within', 'lately']) await read(name);
  await age('long ago', 121);
  await age('just within', 119);
  await read('new');
  expect(await Promise.all(['long ago', 'just within', 'lately', 'new'].map(isThere))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});

it('keeps what is old but was asked for again', async () => {
  await read('bundle');
  await age('bundle', 300);
  await read('bundle');
  await read('new');
  expect(await isThere('bundle')).toBe(true);
});

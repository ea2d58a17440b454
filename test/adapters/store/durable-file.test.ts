import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashFile } from '../../../adapters/store/durable-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-hash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The first two are published test vectors of SHA-256, the last one is what Python's hashlib says. */
it.each([
  ['no bytes', Buffer.alloc(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['a million times a', Buffer.alloc(1e6, 'a'), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ['more than one read', Buffer.alloc(3e6), '35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f'],
])('a file is hashed whole: %s', async (_, bytes, sha256) => {
  const file = path.join(folder, 'file');
  await writeFile(file, bytes);
  expect(await hashFile(file)).toEqual({ sha256, bytes: bytes.length });
});

it('a file that is not there is an error', async () => {
  await expect(hashFile(path.join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOENT' });
});

import { readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../activities/ports/store.js';

export const helloSha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

export async function textOf(store: Store, name: string): Promise<string | null> {
  const bytes = await store.read(name);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export async function stageText(store: Store, content: string): Promise<string> {
  const staged = await store.stage('test', 'txt');
  await writeFile(staged, content);
  return staged;
}

/** What every store does, wherever it is. `open` gives one that holds nothing but its `store.json`. */
export function describeStoreContract(open: () => Promise<Store>): void {
  let store: Store;

  beforeEach(async () => {
    store = await open();
  });

  describe('creating a file', () => {
    it('gives it complete, and only to the first', async () => {
      expect(await store.createIfAbsent('a/b/c.json', 'first')).toBe('created');
      expect(await store.createIfAbsent('a/b/c.json', 'second')).toBe('exists');
      expect(await textOf(store, 'a/b/c.json')).toBe('first');
    });

    it('has one winner among many at once, and its bytes', async () => {
      for (let round = 0; round < 5; round++) {
        const writers = Array.from({ length: 32 }, (_, index) => String(index));
        const name = `race-${String(round)}`;
        const outcomes = await Promise.all(writers.map((writer) => store.createIfAbsent(name, writer)));
        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        expect(await textOf(store, name)).toBe(String(outcomes.indexOf('created')));
      }
    });

    it('takes a file of no bytes', async () => {
      expect(await store.createIfAbsent('empty', '')).toBe('created');
      expect(await textOf(store, 'empty')).toBe('');
    });
  });

  describe('reading and listing', () => {
    it('gives null and nothing where nobody wrote', async () => {
      expect(await store.read('nothing/here')).toBeNull();
      expect(await store.list('nothing')).toEqual([]);
    });

    it('lists names in order, without staged files', async () => {
      for (const name of ['b', 'a', 'c/d', 'ab']) await store.createIfAbsent(`folder/${name}`, '');
      await store.createIfAbsent('folder-with-a-longer-name/x', '');
      await stageText(store, 'staged');
      expect(await store.list('folder')).toEqual(['a', 'ab', 'b', 'c']);
      expect(await store.list('')).toEqual(['folder', 'folder-with-a-longer-name', 'store.json']);
    });
  });

  describe('adopting a staged file', () => {
    it('gives its hash and size, and takes the staged file away', async () => {
      const staged = await stageText(store, 'hello');
      expect(await store.adopt(staged, 'x/hello.txt')).toEqual({ path: 'x/hello.txt', sha256: helloSha256, bytes: 5 });
      expect(await textOf(store, 'x/hello.txt')).toBe('hello');
      await expect(readFile(staged)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('names it by its content when asked to', async () => {
      const staged = await stageText(store, 'hello');
      const file = await store.adopt(staged, ({ sha256, bytes }) => `x/${sha256.slice(0, 4)}-${String(bytes)}`);
      expect(file.path).toBe('x/2cf2-5');
    });

    it('takes equal content under a taken name as done', async () => {
      await store.adopt(await stageText(store, 'hello'), 'x');
      expect(await store.adopt(await stageText(store, 'hello'), 'x')).toMatchObject({ sha256: helloSha256 });
    });

    it('refuses other content under a taken name, and keeps what is there', async () => {
      await store.adopt(await stageText(store, 'hello'), 'x');
      await expect(store.adopt(await stageText(store, 'other'), 'x')).rejects.toMatchObject({
        type: 'STORE_MISMATCH',
        problems: [{ field: 'x', found: `sha256 ${helloSha256}` }],
      });
      expect(await textOf(store, 'x')).toBe('hello');
    });
  });

  describe('sharing a file under a second name', () => {
    const first = { path: 'shadow/x.txt', sha256: helloSha256, bytes: 5, rows: 7 };

    it('gives the same bytes under both, with everything that the first name says', async () => {
      await store.createIfAbsent(first.path, 'hello');
      expect(await store.share(first, 'served/y.txt')).toEqual({ ...first, path: 'served/y.txt' });
      expect(await textOf(store, 'served/y.txt')).toBe('hello');
      expect(await textOf(store, first.path)).toBe('hello');
      expect(await readFile(await store.localPath({ ...first, path: 'served/y.txt' }), 'utf8')).toBe('hello');
    });

    it('outlives the first name', async () => {
      await store.createIfAbsent(first.path, 'hello');
      await store.share(first, 'served/y.txt');
      await store.remove(first.path);
      expect(await textOf(store, 'served/y.txt')).toBe('hello');
    });

    it('takes equal content under a taken name as done, however often', async () => {
      await store.createIfAbsent(first.path, 'hello');
      const names = await Promise.all([1, 2, 3].map(() => store.share(first, 'served/y.txt')));
      expect(names.map(({ sha256 }) => sha256)).toEqual([helloSha256, helloSha256, helloSha256]);
    });

    it('refuses other content under a taken name, and keeps what is there', async () => {
      await store.createIfAbsent(first.path, 'hello');
      await store.createIfAbsent('served/y.txt', 'other');
      const refused = store.share(first, 'served/y.txt');
      await expect(refused).rejects.toMatchObject({ type: 'STORE_MISMATCH', problems: [{ field: 'served/y.txt' }] });
      expect(await textOf(store, 'served/y.txt')).toBe('other');
    });

    it.each([
      ['is not there', null],
      ['is not what its reference says', 'jello'],
    ])('refuses a file that %s, and makes no second name', async (_, content) => {
      if (content !== null) await store.createIfAbsent(first.path, content);
      await expect(store.share(first, 'served/y.txt')).rejects.toMatchObject({
        type: 'STORE_MISMATCH',
        problems: [{ field: first.path }],
      });
      expect(await store.read('served/y.txt')).toBeNull();
    });
  });

  describe('a local path', () => {
    it('is given when the content is as referenced', async () => {
      await store.createIfAbsent('x', 'hello');
      const local = await store.localPath({ path: 'x', sha256: helloSha256, bytes: 5 });
      expect(await readFile(local, 'utf8')).toBe('hello');
    });

    it('is refused for a file with other content than referenced', async () => {
      await store.createIfAbsent('x', 'jello');
      const outcome = store.localPath({ path: 'x', sha256: helloSha256, bytes: 5 });
      await expect(outcome).rejects.toMatchObject({ type: 'STORE_MISMATCH', problems: [{ field: 'x' }] });
    });

    it('is refused for a file that is not there', async () => {
      await expect(store.localPath('gone')).rejects.toMatchObject({
        type: 'STORE_MISMATCH',
        problems: [{ field: 'gone', found: 'no file' }],
      });
    });
  });

  describe('a path', () => {
    it.each([
      ...['', '/etc/passwd', '../x', 'a/../b', 'a//b', 'a/', './a', 'a/.', '.staging/x'],
      ...['a\\b', 'a\0b', 'a b', 'a.'],
    ])('%j is refused', async (bad) => {
      await expect(store.read(bad)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
      await expect(store.createIfAbsent(bad, '')).rejects.toMatchObject({ type: 'INVALID_INPUT' });
      await expect(store.localPath(bad)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
      await expect(store.adopt(await stageText(store, 'x'), bad)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
    });
  });
}

import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystemStore } from '../../../adapters/store/file-system-store.js';
import { openStore } from '../../../adapters/store/open-store.js';
import { resolveStorePath } from '../../../adapters/store/store-path.js';
import { killAfterLines, startScript } from '../../support/child-process.js';

const hello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
let root: string;
let store: FileSystemStore;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gauntlet-store-'));
  store = await openStore(root);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const text = async (name: string): Promise<string | null> => {
  const bytes = await store.read(name);
  return bytes === null ? null : new TextDecoder().decode(bytes);
};

async function stageText(content: string): Promise<string> {
  const staged = await store.stage('test', 'txt');
  await writeFile(staged, content);
  return staged;
}

describe('creating a file', () => {
  it('gives it complete, and only to the first', async () => {
    expect(await store.createIfAbsent('a/b/c.json', 'first')).toBe('created');
    expect(await store.createIfAbsent('a/b/c.json', 'second')).toBe('exists');
    expect(await text('a/b/c.json')).toBe('first');
  });

  it('has one winner among many at once, and its bytes', async () => {
    const writers = Array.from({ length: 32 }, (_, index) => String(index));
    const outcomes = await Promise.all(writers.map((writer) => store.createIfAbsent('race', writer)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await text('race')).toBe(String(outcomes.indexOf('created')));
  });

  it('leaves nothing in the staging folder', async () => {
    await store.createIfAbsent('a', '1');
    await store.createIfAbsent('a', '2');
    expect(await readdir(path.join(root, '.staging'))).toEqual([]);
  });

  it('killed at any point leaves complete files or none, and the next one works', async () => {
    for (const lines of [1, 2, 3, 5, 8, 13, 21, 34]) {
      await killAfterLines(startScript('create-files.ts', [root]), lines);
      const names = await store.list('files');
      for (const name of names) expect(await text(`files/${name}`)).toBe(`${name.repeat(50_000)}\n`);
      const next = `files/next-${String(lines)}`;
      expect(await store.createIfAbsent(next, 'works')).toBe('created');
      await rm(path.join(root, 'files'), { recursive: true });
    }
  }, 120_000);
});

describe('reading and listing', () => {
  it('gives null and nothing where nobody wrote', async () => {
    expect(await store.read('nothing/here')).toBeNull();
    expect(await store.list('nothing')).toEqual([]);
  });

  it('lists names in order, without staged files', async () => {
    for (const name of ['b', 'a', 'c/d']) await store.createIfAbsent(`folder/${name}`, '');
    await stageText('staged');
    expect(await store.list('folder')).toEqual(['a', 'b', 'c']);
    expect(await store.list('')).toEqual(['folder', 'store.json']);
  });
});

describe('adopting a staged file', () => {
  it('gives its hash and size, and takes the staged file away', async () => {
    const staged = await stageText('hello');
    expect(await store.adopt(staged, 'x/hello.txt')).toEqual({ path: 'x/hello.txt', sha256: hello, bytes: 5 });
    expect(await text('x/hello.txt')).toBe('hello');
    expect(await readdir(path.join(root, '.staging'))).toEqual([]);
  });

  it('names it by its content when asked to', async () => {
    const staged = await stageText('hello');
    const file = await store.adopt(staged, ({ sha256, bytes }) => `x/${sha256.slice(0, 4)}-${String(bytes)}`);
    expect(file.path).toBe('x/2cf2-5');
  });

  it('takes equal content under a taken name as done', async () => {
    await store.adopt(await stageText('hello'), 'x');
    expect(await store.adopt(await stageText('hello'), 'x')).toMatchObject({ sha256: hello });
  });

  it('refuses other content under a taken name, and keeps what is there', async () => {
    await store.adopt(await stageText('hello'), 'x');
    await expect(store.adopt(await stageText('other'), 'x')).rejects.toMatchObject({
      type: 'STORE_MISMATCH',
      problems: [{ field: 'x', found: `sha256 ${hello}` }],
    });
    expect(await text('x')).toBe('hello');
  });

  it('copies a file from elsewhere, so that nobody else holds a name of it', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'gauntlet-outside-'));
    const staged = path.join(outside, 'file');
    await writeFile(staged, 'hello');
    await link(staged, path.join(outside, 'second-name'));
    await store.adopt(staged, 'x');
    await writeFile(path.join(outside, 'second-name'), 'changed');
    expect(await text('x')).toBe('hello');
    expect(await readdir(outside)).toEqual(['second-name']);
    await rm(outside, { recursive: true });
  });
});

describe('removing', () => {
  it('takes one file out, and a file that is gone already is success', async () => {
    await store.createIfAbsent('a/x', 'hello');
    await store.createIfAbsent('a/y', 'hello');
    await store.remove('a/x');
    await store.remove('a/x');
    await store.remove('nowhere/x');
    expect(await store.list('a')).toEqual(['y']);
  });

  it('stays below the root', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'gauntlet-outside-'));
    await writeFile(path.join(outside, 'secret'), 'secret');
    await symlink(outside, path.join(root, 'link'));
    await expect(store.remove('link/secret')).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    await expect(store.remove('../secret')).rejects.toMatchObject({ type: 'INVALID_INPUT' });
    expect(await readdir(outside)).toEqual(['secret']);
    await rm(outside, { recursive: true });
  });
});

describe('listing everything', () => {
  const all = async <T>(files: AsyncIterable<T>): Promise<readonly T[]> => {
    const found: T[] = [];
    for await (const file of files) found.push(file);
    return found;
  };

  it('gives every file below a folder with its size, and none that is being written', async () => {
    await store.createIfAbsent('a/b/x', 'hello');
    await store.createIfAbsent('a/y', 'hi');
    await stageText('not yet');
    const below = await all(store.listRecursive('a'));
    expect(below.map((file) => [file.path, file.bytes]).sort()).toEqual([
      ['a/b/x', 5],
      ['a/y', 2],
    ]);
    expect((await all(store.listRecursive(''))).map((file) => file.path).sort()).toEqual([
      'a/b/x',
      'a/y',
      'store.json',
    ]);
    expect(await all(store.listRecursive('nowhere'))).toEqual([]);
  });

  it('dates a file from when somebody last adopted it', async () => {
    await store.adopt(await stageText('hello'), 'x');
    await utimes(path.join(root, 'x'), new Date(0), new Date(0));
    const dated = async (): Promise<number> => Date.parse((await all(store.listRecursive('')))[0]?.modifiedAt ?? '');
    await rm(path.join(root, 'store.json'));
    expect(await dated()).toBe(0);
    await store.adopt(await stageText('hello'), 'x');
    expect(await dated()).toBeGreaterThan(0);
  });

  it('knows of staged files whether their process is alive, and removes no others', async () => {
    const own = path.basename(await stageText('hello'));
    const foreign = own.replace(/-\d+-/, '-999999999-');
    await writeFile(path.join(root, '.staging', foreign), 'left');
    const staged = await all(store.listStaged());
    expect(new Map(staged.map(({ name, isOwnerAlive }) => [name, isOwnerAlive]))).toEqual(
      new Map([
        [own, true],
        [foreign, false],
      ]),
    );
    await store.removeStaged(foreign);
    await expect(store.removeStaged('../store.json')).rejects.toThrow(TypeError);
    expect(await readdir(path.join(root, '.staging'))).toEqual([own]);
  });
});

describe('a local path', () => {
  it('is given when the content is as referenced', async () => {
    await store.createIfAbsent('x', 'hello');
    const local = await store.localPath({ path: 'x', sha256: hello, bytes: 5 });
    expect(await readFile(local, 'utf8')).toBe('hello');
  });

  it('is refused for a file that changed, also after it was verified once', async () => {
    await store.createIfAbsent('x', 'hello');
    const ref = { path: 'x', sha256: hello, bytes: 5 };
    const local = await store.localPath(ref);
    await chmod(local, 0o644);
    await writeFile(local, 'jello');
    await expect(store.localPath(ref)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('is refused for a file that is gone', async () => {
    await expect(store.localPath('gone')).rejects.toMatchObject({
      type: 'STORE_MISMATCH',
      problems: [{ field: 'gone', found: 'no file' }],
    });
  });
});

describe('a path', () => {
  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', 'a/', './a', 'a/.', '.staging/x', 'a\\b', 'a\0b', 'a b', 'a.'])(
    '%j is refused',
    async (bad) => {
      await expect(store.read(bad)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
      await expect(store.createIfAbsent(bad, '')).rejects.toMatchObject({ type: 'INVALID_INPUT' });
    },
  );

  it('never resolves outside the root, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('..', '.', 'a', '', '\\', '\0')).map((p) => p.join('/')),
        ),
        (any) => {
          try {
            expect(resolveStorePath('/store', any).startsWith('/store/')).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ type: 'INVALID_INPUT' });
          }
        },
      ),
    );
  });

  it('through a symbolic link out of the store is refused', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'gauntlet-outside-'));
    await writeFile(path.join(outside, 'secret'), 'secret');
    await mkdir(path.join(root, 'x'));
    await symlink(outside, path.join(root, 'x', 'link'));
    await expect(store.read('x/link/secret')).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    await expect(store.localPath('x/link/secret')).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    await expect(store.createIfAbsent('x/link/new', '')).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    await rm(outside, { recursive: true });
  });
});

describe('the identity of a store', () => {
  it('is given at first use and stays', async () => {
    const first = await openStore(root);
    expect((await openStore(root)).identity).toBe(first.identity);
  });

  it('is one, however many open it at the same time', async () => {
    const fresh = path.join(root, 'fresh');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openStore(fresh)));
    expect(new Set(opened.map(({ identity }) => identity)).size).toBe(1);
  });

  it.each(['{"schemaVersion":2,"identity":"x"}', '{"schemaVersion":1}', 'no json'])(
    'refuses a folder that says %s',
    async (content) => {
      const other = path.join(root, 'other');
      await mkdir(other);
      await writeFile(path.join(other, 'store.json'), content);
      await expect(openStore(other)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    },
  );
});

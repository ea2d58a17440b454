import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copiedSources, readComposeFile, readProjectFile, repositoryRoot } from './compose-file.js';

const dockerfiles = Object.values(readComposeFile().services).flatMap(({ build }) => (build ? [build.dockerfile] : []));
const scripts = readdirSync(join(repositoryRoot, 'deploy'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => join(repositoryRoot, 'deploy', name));

/** Patterns of .dockerignore that let something of the project in. */
const sentToTheEngine = readProjectFile('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

describe.each([...new Set(dockerfiles)])('%s', (dockerfile) => {
  const text = readProjectFile(dockerfile);

  it('copies only what exists and what .dockerignore lets through', () => {
    const sources = copiedSources(text);
    expect(sources.length).toBeGreaterThan(1);
    for (const source of sources) {
      expect(existsSync(join(repositoryRoot, source)), source).toBe(true);
      expect(sentToTheEngine, source).toContain(source.split('/')[0]);
    }
  });

  it('starts from pinned images and does not run as root', () => {
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '');
    for (const base of bases) expect(base).toMatch(/:\d+\.\d+\.\d+-/);
    const users = [...text.matchAll(/^USER (\S+)/gm)].map((match) => match[1]);
    expect(users.at(-1)).toMatch(/^(?!root)\w+$/);
  });

  it('installs Python libraries only from locked versions with hashes', () => {
    const installs = [...text.matchAll(/pip install (.*)/g)].map((match) => match[1] ?? '');
    expect(installs.length).toBeGreaterThan(0);
    for (const options of installs) expect(options).toMatch(/--require-hashes .*-r \S+\.lock/);
  });
});

describe("the worker's image", () => {
  const text = readProjectFile('Dockerfile');

  it('starts the file that the compiler makes of the workers entry', () => {
    const entry = /^CMD \["node", "dist\/(.+)\.js"\]$/m.exec(text)?.[1];
    expect(entry).toBe('workers/main');
    expect(existsSync(join(repositoryRoot, `${entry ?? ''}.ts`))).toBe(true);
  });

  it('has every source folder that the compiler and the worker need', () => {
    const compiled = (JSON.parse(readProjectFile('tsconfig.json')) as { include: string[] }).include;
    const needless = ['bench'];
    expect(copiedSources(text)).toEqual(
      expect.arrayContaining(compiled.filter((folder) => !needless.includes(folder))),
    );
  });
});

describe('.dockerignore', () => {
  it('keeps out what was built elsewhere: an old build record makes the compiler believe that its output is there', () => {
    const lines = readProjectFile('.dockerignore').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['**/dist', '**/node_modules', '**/*.tsbuildinfo', '**/.env']));
  });
});

describe("the registry's driver", () => {
  it('is locked at the version that is asked for', () => {
    const wanted = /^psycopg2-binary==\S+$/m.exec(readProjectFile('deploy/mlflow/requirements.in'))?.[0];
    expect(wanted).toBeDefined();
    expect(readProjectFile('deploy/mlflow/requirements.lock')).toContain(`${wanted ?? ''} \\`);
  });
});

describe('shell scripts', () => {
  it.each(scripts)('%s is executable and bash can read it', (script) => {
    expect(statSync(script).mode & 0o111).not.toBe(0);
    expect(() => execFileSync('bash', ['-n', script])).not.toThrow();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../scripts/toolchain/repository.mjs';

interface Locked {
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };

describe('package-lock.json', () => {
  it('holds the optional packages of all platforms, without which npm ci refuses it (scripts/complete-lock-file.mjs)', () => {
    const wanted = Object.values(packages).flatMap((user) => Object.keys(user.optionalDependencies ?? {}));
    const held = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
    expect(wanted.filter((name) => !held.has(name))).toEqual([]);
  });

  it('names no registry, so that each machine uses its own', () => {
    expect(text).not.toMatch(/"resolved": "https?:/);
  });

  it('has one protobufjs of major version 8, because objects of two copies do not recognise each other', () => {
    const copies = Object.entries(packages)
      .filter(([path]) => path.endsWith('node_modules/protobufjs'))
      .map(([, locked]) => (locked as { version: string }).version);
    expect(copies.filter((version) => version.startsWith('8.'))).toHaveLength(1);
  });
});

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `bundle.json`: what the folder is about, and what is in it. */
export interface Bundle {
  readonly pipeline: string;
  readonly promotionId: string;
  readonly head: { readonly number: number; readonly hash: string };
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

const folder = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));

export function verifyFiles({ files }: Bundle) {
  for (const { path, sha256 } of files) equal(hashOf(readBytes(path)), sha256, `sha256 of ${path}`);
  const listed = new Set(['bundle.json', ...files.map(({ path }) => path)]);
  const strange = listFiles().filter((file) => !listed.has(file));
  must(strange.length === 0, `files that bundle.json does not list: ${strange.join(', ')}`);
  return { says: `${String(files.length)} files are those that bundle.json lists, and there are no others` };
}

export function readJson(path: string): unknown {
  return JSON.parse(readBytes(path).toString('utf8'));
}

/** A JSON file whose folder is called after its sha256. */
export function readNamed(path: string, digest: string | null | undefined): unknown {
  equal(hashOf(readBytes(path)), digest, `digest of ${path}`);
  return readJson(path);
}

/** Paths come from files that anybody may have written: none of them may lead out of the folder. */
export function readBytes(path: string): Buffer {
  must(/^[\w.-]+(\/[\w.-]+)*$/.test(path) && !path.split('/').includes('..'), `${path} leads somewhere else`);
  return readFileSync(join(folder, path));
}

/** Every file of the folder, by its path in it. */
export function listFiles(parent = folder): readonly string[] {
  return readdirSync(parent, { withFileTypes: true }).flatMap((entry) => {
    const path = join(parent, entry.name);
    return entry.isDirectory() ? listFiles(path) : [relative(folder, path).split(sep).join('/')];
  });
}

export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function equal(found: unknown, expected: unknown, what: string): void {
  must(found === expected, `${what} is ${String(found)}, expected ${String(expected)}`);
}

/** What is not true ends the check it belongs to; the checks after it still speak. */
export function must(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Error(why);
}

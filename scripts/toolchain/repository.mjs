import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. These files run from `scripts/` and, built, from `dist/scripts/`: hence the search. */
export const repositoryRoot = findRepositoryRoot(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {string} folder
 * @returns {string}
 */
function findRepositoryRoot(folder) {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "gauntlet"')) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('The package.json of gauntlet was not found above the tool chain scripts.');
  return findRepositoryRoot(parent);
}

/**
 * A name for something that each checkout has of its own.
 * @param {string} purpose
 */
export function lockNameOf(purpose) {
  return `${purpose}-${createHash('sha256').update(repositoryRoot).digest('hex').slice(0, 12)}`;
}

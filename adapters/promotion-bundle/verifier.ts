import { readFile } from 'node:fs/promises';
import { builtEntry } from '../built-entry.js';

/**
 * The program that goes along with an exported promotion: plain JavaScript in one file, that
 * imports nothing but Node's own modules. `scripts/build-verifier-bundle.mjs` makes it.
 */
export async function readVerifier(): Promise<string> {
  return readFile(builtEntry('promotion-bundle/verify.ts'), 'utf8');
}

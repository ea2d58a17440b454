import { readFile } from 'node:fs/promises';
import { builtEntry } from '../built-entry.js';

/** The program that goes along with an exported promotion: plain JavaScript that imports nothing but Node's own modules. */
export async function readVerifier(): Promise<string> {
  const compiled = await readFile(builtEntry('adapters/promotion-bundle/verify.ts'), 'utf8');
  return compiled.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
}

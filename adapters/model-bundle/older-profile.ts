import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import type { TrainingProfile } from '../../domain/model-bundle.js';

/**
 * Bundles from before validation rows were counted have a profile without their number. Where such a one is promised, the
 * profile that was just made is written again in that shape. Answers whether it is the promised one.
 */
export async function writeOlderProfile(folder: string, promisedSha256: string): Promise<boolean> {
  const file = path.join(folder, 'profile.json');
  const { scores, ...inputs } = JSON.parse(await readFile(file, 'utf8')) as TrainingProfile;
  const older = Object.fromEntries(Object.entries(scores).filter(([name]) => name !== 'rows'));
  const text = canonicalJson({ ...inputs, scores: older });
  if (sha256Hex(text) !== promisedSha256) return false;
  await writeFile(file, text);
  return true;
}

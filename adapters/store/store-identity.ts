import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Store } from '../../activities/ports/store.js';
import { canonicalJson } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';

/** Bumped when files of an older store can no longer be read as they stand. */
export const storeSchemaVersion = 1;

/** Names the schema and the store; the first file of every store. */
export const storeFile = 'store.json';

const storeFileSchema = z.object({ schemaVersion: z.number(), identity: z.string().min(1) });

/**
 * What `store.json` says, which the first use of a store creates. Throws STORE_MISMATCH when the place holds a store of
 * another schema, or something else of that name.
 */
export async function loadIdentity(store: Pick<Store, 'read' | 'createIfAbsent'>, location: string): Promise<string> {
  const bytes = (await store.read(storeFile)) ?? (await createStoreFile(store));
  return readIdentity(location, new TextDecoder().decode(bytes));
}

/** Two first users may meet: one creates the file, both read it. */
async function createStoreFile(store: Pick<Store, 'read' | 'createIfAbsent'>): Promise<Uint8Array> {
  const content = canonicalJson({ schemaVersion: storeSchemaVersion, identity: randomUUID() });
  await store.createIfAbsent(storeFile, `${content}\n`);
  const bytes = await store.read(storeFile);
  if (bytes === null) throw new Error(`${storeFile} was created and is gone`);
  return bytes;
}

/** The identity in the text of a `store.json`. */
export function readIdentity(location: string, text: string): string {
  const parsed = storeFileSchema.safeParse(parseJson(text));
  if (parsed.success && parsed.data.schemaVersion === storeSchemaVersion) return parsed.data.identity;
  const found = parsed.success
    ? `schema version ${String(parsed.data.schemaVersion)}`
    : JSON.stringify(text.slice(0, 80));
  throw new PermanentFailure('STORE_MISMATCH', `${location} is not a store that this version can use`, {
    problems: [{ field: storeFile, found, expected: `schema version ${String(storeSchemaVersion)} and an identity` }],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

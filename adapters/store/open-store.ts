import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { PermanentFailure } from '../../domain/failure-types.js';
import { canonicalJson } from '../../contracts/digest.js';
import { makeFolderDurably } from './durable-file.js';
import { FileSystemStore } from './file-system-store.js';

/** Bumped when files of an older store can no longer be read as they stand. */
export const storeSchemaVersion = 1;

const storeFileSchema = z.object({ schemaVersion: z.number(), identity: z.string().min(1) });

/** A store on the file system, and the identity it was given at its first use. */
export type OpenedStore = FileSystemStore & { readonly identity: string };

/**
 * Opens the store in a folder; the first use creates `store.json` with its schema version and identity. Throws
 * STORE_MISMATCH when the folder holds a store of another schema, or something else of that name.
 */
export async function openStore(root: string): Promise<OpenedStore> {
  const store = new FileSystemStore(root);
  await makeFolderDurably(store.root);
  const bytes = (await store.read('store.json')) ?? (await createStoreFile(store));
  const identity = readIdentity(store.root, new TextDecoder().decode(bytes));
  return Object.assign(store, { identity });
}

/** Two first users may meet: one creates the file, both read it. */
async function createStoreFile(store: FileSystemStore): Promise<Uint8Array> {
  const content = canonicalJson({ schemaVersion: storeSchemaVersion, identity: randomUUID() });
  await store.createIfAbsent('store.json', `${content}\n`);
  const bytes = await store.read('store.json');
  if (bytes === null) throw new Error('store.json was created and is gone');
  return bytes;
}

function readIdentity(root: string, text: string): string {
  const parsed = storeFileSchema.safeParse(parseJson(text));
  if (parsed.success && parsed.data.schemaVersion === storeSchemaVersion) return parsed.data.identity;
  const found = parsed.success
    ? `schema version ${String(parsed.data.schemaVersion)}`
    : JSON.stringify(text.slice(0, 80));
  throw new PermanentFailure('STORE_MISMATCH', `${root} is not a store that this version can use`, {
    problems: [
      { field: 'store.json', found, expected: `schema version ${String(storeSchemaVersion)} and an identity` },
    ],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

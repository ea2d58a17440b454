import { makeFolderDurably } from './durable-file.js';
import { FileSystemStore } from './file-system-store.js';
import { loadIdentity } from './store-identity.js';

/** A store on the file system, and the identity it was given at its first use. */
export type OpenedStore = FileSystemStore & { readonly identity: string };

/**
 * Opens the store in a folder; the first use creates `store.json` with its schema version and identity. Throws
 * STORE_MISMATCH when the folder holds a store of another schema, or something else of that name.
 */
export async function openStore(root: string): Promise<OpenedStore> {
  const store = new FileSystemStore(root);
  await makeFolderDurably(store.root);
  const identity = await loadIdentity(store, store.root);
  return Object.assign(store, { identity });
}

import { rm } from 'node:fs/promises';
import type { Store } from './ports/store.js';

/** A staged file for the length of one step: it is gone afterwards, however the step ended. */
export async function withStagedFile<T>(
  store: Store,
  purpose: string,
  use: (stagedPath: string) => Promise<T>,
): Promise<T> {
  const stagedPath = await store.stage(purpose, 'parquet');
  try {
    return await use(stagedPath);
  } finally {
    await rm(stagedPath, { force: true });
  }
}

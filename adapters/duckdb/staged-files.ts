import { rm } from 'node:fs/promises';
import type { Store } from '../../activities/ports/store.js';

/** Where a build stages its files, all of which go when nothing comes of it. */
export interface StagedFiles extends Pick<Store, 'stage'> {
  remove(): Promise<void>;
}

export function trackStaged(store: Pick<Store, 'stage'>): StagedFiles {
  const paths: string[] = [];
  return {
    async stage(purpose, extension) {
      const staged = await store.stage(purpose, extension);
      paths.push(staged);
      return staged;
    },
    async remove() {
      for (const staged of paths) await rm(staged, { force: true });
    },
  };
}

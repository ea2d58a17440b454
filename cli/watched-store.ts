import type { Store } from '../activities/ports/store.js';

/** Often enough to see that it goes on, rarely enough to cost nothing. */
const readsPerReport = 25;

/** The same store, with a word about every so many reads; for commands that read for a long time. */
export function watchStore(store: Store, onReads: (reads: number) => void): Store {
  let reads = 0;
  const counted = <T>(result: Promise<T>): Promise<T> => {
    reads += 1;
    if (reads % readsPerReport === 0) onReads(reads);
    return result;
  };
  return {
    createIfAbsent: (path, bytes) => store.createIfAbsent(path, bytes),
    read: (path) => counted(store.read(path)),
    list: (folder) => store.list(folder),
    stage: (purpose, extension) => store.stage(purpose, extension),
    adopt: (stagedPath, path) => store.adopt(stagedPath, path),
    share: (file, name) => store.share(file, name),
    localPath: (file) => counted(store.localPath(file)),
    remove: (path) => store.remove(path),
    listRecursive: (folder) => store.listRecursive(folder),
  };
}

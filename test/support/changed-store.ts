import type { Store } from '../../activities/ports/store.js';

/** A real store but for the methods that a test has its own of. */
export function changedStore(real: Store, changes: Partial<Store>): Store {
  return {
    createIfAbsent: (file, bytes) => real.createIfAbsent(file, bytes),
    read: (file) => real.read(file),
    list: (folder) => real.list(folder),
    stage: (purpose, extension) => real.stage(purpose, extension),
    adopt: (staged, name) => real.adopt(staged, name),
    share: (file, name) => real.share(file, name),
    localPath: (file) => real.localPath(file),
    remove: (file) => real.remove(file),
    listRecursive: (folder) => real.listRecursive(folder),
    ...changes,
  };
}

import path from 'node:path';
import type { StagingArea } from '../../activities/ports/staging-area.js';
import { removeIfThere } from './durable-file.js';
import { listStagedFiles } from './list-files.js';

/** What lies in a local folder because it is being written, or was left there by a process that is gone. */
export function stagingAreaOf(folder: string): StagingArea {
  return {
    listStaged: () => listStagedFiles(folder),
    removeStaged: async (name) => {
      if (path.basename(name) !== name) throw new TypeError(`${name} is not the name of a staged file`);
      await removeIfThere(path.join(folder, name));
    },
  };
}

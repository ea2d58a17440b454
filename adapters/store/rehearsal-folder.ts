import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Rehearsals } from '../../activities/ports/rehearsal.js';
import type { Store } from '../../activities/ports/store.js';
import { sha256Hex } from '../../contracts/digest.js';
import { DeltaPredictionTable } from '../delta/delta-prediction-table.js';
import { FileSystemStore } from './file-system-store.js';
import { OverlayStore } from './overlay-store.js';

/** What a killed drill leaves on a host that never sees its next attempt is taken away by a later drill. */
const leftForMs = 24 * 3_600_000;

/** Places for rehearsals in a folder of this host. */
export function rehearsalsIn(folder: string, base: Store): Rehearsals {
  return {
    async open(name) {
      const own = path.join(folder, sha256Hex(name).slice(0, 16));
      await removeOldOnes(folder);
      await rm(own, { recursive: true, force: true });
      await mkdir(own, { recursive: true });
      const store = new OverlayStore(base, new FileSystemStore(own));
      return {
        store,
        table: new DeltaPredictionTable(store),
        remove: () => rm(own, { recursive: true, force: true }),
      };
    },
  };
}

async function removeOldOnes(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const place = path.join(folder, name);
    const facts = await stat(place).catch(() => null);
    if (facts !== null && Date.now() - facts.mtimeMs > leftForMs) await rm(place, { recursive: true, force: true });
  }
}

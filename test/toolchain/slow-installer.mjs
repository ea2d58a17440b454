/** Installs a tool in a process of its own: folder, journal, duration of the work in milliseconds. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { installOnce } from '../../scripts/toolchain/cache.mjs';

const [folder = '', journal = '', workMs = '0'] = process.argv.slice(2);

await installOnce({
  folder,
  label: 'tool',
  log: () => undefined,
  install: async (partial) => {
    writeFileSync(join(partial, 'program'), 'half');
    appendFileSync(journal, 'begun\n');
    await wait(Number(workMs));
    writeFileSync(join(partial, 'program'), 'whole');
  },
});

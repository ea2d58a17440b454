/**
 * `npm run chaos [-- --seed N --minutes M --all --json]`: kills workers and breaks requests on a small real pipeline, and
 * looks whether what comes of it is what comes of it without. Installs and builds what is missing.
 */
import { join } from 'node:path';
import { log, runEntry } from './entry.mjs';
import { runInForeground } from './toolchain/commands.mjs';
import { ensureBuilt, ensureNodeModules, ensureS3Server, ensureToolchain } from './toolchain/index.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';

await runEntry(async () => {
  await ensureNodeModules({ log });
  await ensureToolchain({ need: ['python', 'temporal'], log });
  await ensureS3Server({ log });
  await ensureBuilt({ log });
  const main = join(repositoryRoot, 'test', 'chaos', 'main.ts');
  return runInForeground(process.execPath, ['--import', 'jiti/register', main, ...process.argv.slice(2)], {
    cwd: repositoryRoot,
  });
});

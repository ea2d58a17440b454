/** `npm run bench -- NAME [options]`: installs and builds what is missing, then measures. Without a name it lists them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { log, runEntry } from './entry.mjs';
import { runInForeground } from './toolchain/commands.mjs';
import { ensureBuilt, ensureNodeModules, ensureToolchain } from './toolchain/index.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';

const folder = join(repositoryRoot, 'bench');

await runEntry(async () => {
  const [name, ...options] = process.argv.slice(2);
  if (name === undefined) return listBenches();
  if (!benchNames().includes(name)) {
    log(`found ${name}, expected one of ${benchNames().join(', ')}`);
    log('example: npm run bench -- story --json');
    return 2;
  }
  await ensureNodeModules({ log });
  await ensureToolchain({ need: ['python', 'temporal'], log });
  await ensureBuilt({ log });
  const file = join(repositoryRoot, 'dist', 'bench', `${name}.js`);
  return runInForeground(process.execPath, [file, ...options]);
});

/** @returns {string[]} */
function benchNames() {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => entry.name)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** Each with the first sentence of its file. */
function listBenches() {
  for (const name of benchNames()) {
    const [, text = ''] = /^\/\*\* (.*?) \*\//.exec(readFileSync(join(folder, `${name}.ts`), 'utf8')) ?? [];
    console.log(`${name.padEnd(12)} ${text}`);
  }
  return 0;
}

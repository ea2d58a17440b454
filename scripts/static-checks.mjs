import { join } from 'node:path';
import { runInForeground } from './toolchain/commands.mjs';
import { ensureNodeModules } from './toolchain/index.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';

/** Each check with the program in node_modules that makes it. Types of the sources are checked first: others rely on them. */
const checks = [
  { name: 'format', program: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'types of the sources', program: 'typescript/bin/tsc', args: ['-b'] },
  { name: 'types of the tests', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.test.json'] },
  { name: 'lint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  { name: 'import directions', program: 'dependency-cruiser/bin/dependency-cruise.mjs', args: importArgs() },
  { name: 'dead code', program: 'knip/bin/knip.js', args: ['--no-progress'] },
];

function importArgs() {
  const folders = ['domain', 'contracts', 'workflows', 'activities', 'adapters', 'workers', 'schedules', 'cli'];
  return ['--config', '.dependency-cruiser.mjs', ...folders, 'pipelines', 'packages', 'scripts', 'bench', 'test'];
}

/**
 * Makes every check, whatever the others say, and answers the names of those that failed.
 * @param {{ log: import('./toolchain/commands.mjs').Log }} options
 * @returns {Promise<string[]>}
 */
export async function runStaticChecks({ log }) {
  await ensureNodeModules({ log });
  /** @type {string[]} */
  const failed = [];
  for (const { name, program, args } of checks) {
    const startedAt = Date.now();
    const code = await runInForeground(process.execPath, [join(repositoryRoot, 'node_modules', program), ...args], {
      cwd: repositoryRoot,
    });
    log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
    if (code !== 0) failed.push(name);
  }
  return failed;
}

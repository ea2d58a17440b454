import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from './cache.mjs';
import { run } from './commands.mjs';
import { withLock } from './lock.mjs';
import { lockNameOf, repositoryRoot } from './repository.mjs';

/** Everything that the compiler or the bundles read. */
const sourceFolders = [
  ...['domain', 'contracts', 'workflows', 'activities', 'adapters', 'workers', 'schedules', 'cli', 'pipelines'],
  ...['bench', 'scripts', 'packages/mlflow-ts-client/src'],
];
const sourceFiles = [
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'packages/mlflow-ts-client/tsconfig.json',
];

const fingerprintFile = join(repositoryRoot, 'dist', '.built-from');

/**
 * Compiles the sources to `dist/` and bundles the workflows, the predictor and the verifier of exports, when any source changed since the last time.
 * @param {{ log: import('./commands.mjs').Log }} options
 */
export async function ensureBuilt({ log }) {
  if (isBuilt()) return;
  const lockFile = join(cacheRoot(), 'locks', `${lockNameOf('build')}.lock`);
  await withLock(lockFile, { log, purpose: 'Build' }, async () => {
    const fingerprint = sourceFingerprint();
    if (isBuilt(fingerprint)) return;
    log('Build: compiling the sources, bundling the workflows, the predictor and the verifier');
    await runNode(['node_modules/typescript/bin/tsc', '-b'], 'Compiling', log);
    await runNode(['scripts/build-workflow-bundle.mjs'], 'Bundling the workflows', log);
    await runNode(['scripts/build-predictor-bundle.mjs'], 'Bundling the predictor', log);
    await runNode(['scripts/build-verifier-bundle.mjs'], 'Bundling the verifier of exports', log);
    mkdirSync(join(repositoryRoot, 'dist'), { recursive: true });
    // npx makes the command executable once, when it links it; the compiler writes a new file.
    chmodSync(join(repositoryRoot, 'dist', 'cli', 'main.js'), 0o755);
    writeFileSync(fingerprintFile, fingerprint);
  });
}

/** @param {string} [fingerprint] */
export function isBuilt(fingerprint = sourceFingerprint()) {
  return existsSync(fingerprintFile) && readFileSync(fingerprintFile, 'utf8') === fingerprint;
}

/**
 * @param {string[]} args
 * @param {string} label
 * @param {import('./commands.mjs').Log} log
 */
async function runNode(args, label, log) {
  await run(process.execPath, args, { label, log, cwd: repositoryRoot });
}

/** Names, sizes and times of all sources: reading them would take as long as an idle compiler. */
function sourceFingerprint() {
  const hash = createHash('sha256');
  for (const folder of sourceFolders.filter((name) => existsSync(join(repositoryRoot, name)))) {
    for (const name of readdirSync(join(repositoryRoot, folder), { recursive: true }).map(String).sort()) {
      describeFile(join(folder, name), hash);
    }
  }
  for (const file of sourceFiles) describeFile(file, hash);
  return hash.digest('hex');
}

/**
 * @param {string} file
 * @param {import('node:crypto').Hash} hash
 */
function describeFile(file, hash) {
  const found = statSync(join(repositoryRoot, file), { throwIfNoEntry: false });
  if (found?.isFile() === true) hash.update(`${file}\0${String(found.size)}\0${String(found.mtimeMs)}\n`);
}

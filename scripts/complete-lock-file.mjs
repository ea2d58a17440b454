/**
 * `node scripts/complete-lock-file.mjs`, after every change of dependencies: adds to package-lock.json the optional
 * packages of other platforms that npm left out because the registry in use did not offer them. `npm ci` refuses a
 * lock file without them, on every platform. Their hashes are unknown here; npm then trusts the registry for them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './toolchain/repository.mjs';

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockedPackage */
/** @typedef {LockedPackage & { optionalDependencies?: Record<string, string> }} Locked */

const operatingSystems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = join(repositoryRoot, 'package-lock.json');
/** @type {unknown} */
const parsed = JSON.parse(readFileSync(file, 'utf8'));
const lock = /** @type {{ packages: Record<string, Locked> }} */ (parsed);
const added = addMissing(lock.packages);
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'Nothing is missing.' : `Added:\n${added.join('\n')}`);

/** @param {Record<string, Locked>} packages */
function addMissing(packages) {
  /** @type {string[]} */
  const names = [];
  for (const [path, user] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(user.optionalDependencies ?? {})) {
      if (isReachable(packages, path, name)) continue;
      packages[`node_modules/${name}`] = entryOf(name, version, user);
      names.push(`${name} ${version}`);
    }
  }
  return names;
}

/**
 * Whether a package at `path` finds `name`, as Node.js looks for it: beside itself and in every folder above.
 * @param {Record<string, Locked>} packages
 * @param {string} path
 * @param {string} name
 * @returns {boolean}
 */
function isReachable(packages, path, name) {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in packages) return true;
  if (path === '') return false;
  return isReachable(packages, path.slice(0, Math.max(path.lastIndexOf('/node_modules/'), 0)), name);
}

/**
 * @param {string} name of a package for one platform, for example `@swc/core-linux-arm64-gnu`
 * @param {string} version
 * @param {Locked} user
 * @returns {LockedPackage}
 */
function entryOf(name, version, user) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => operatingSystems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (!/^\d/.test(version) || os.length + cpu.length === 0) {
    throw new Error(`${name} ${version} is not an exact version for one platform; add it with npm install instead.`);
  }
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(user.dev === true ? { dev: true } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

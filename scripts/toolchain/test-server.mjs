import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, installOnce } from './cache.mjs';
import { findOnPath, isExecutableFile, run } from './commands.mjs';
import { canInstallDebianPackages, installDebianPackages } from './debian-packages.mjs';
import { downloadArchive, downloadJson, downloadPlatform, temporalDownloads } from './download.mjs';
import { messageOf, ToolchainError } from './toolchain-error.mjs';
import { temporalTestServerVersion } from './versions.mjs';

/** @typedef {{ log: import('./commands.mjs').Log, env?: NodeJS.ProcessEnv, downloads?: string }} TestServerOptions */

const executableName = 'temporal-test-server';

const remedies = [
  'connect this machine to a network from which Temporal can be downloaded',
  'install Java 17 or newer and Maven (Debian: apt-get install default-jre-headless maven)',
];

/** Two Maven coordinates are all that is needed: the server brings the libraries it runs with. */
const mavenProject = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gauntlet</groupId>
  <artifactId>temporal-test-server-runtime</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${temporalTestServerVersion}</version>
    </dependency>
  </dependencies>
</project>
`;

/** The SDK waits five seconds for the server: the serial collector and the quick compiler shorten its start. */
const launcher = `#!/bin/sh
# Starts Temporal's time-skipping test server; the first argument is its port.
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m \\
  -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * The executable of the time-skipping test server: cache, the vendor's download, or Maven with a launcher script.
 * @param {TestServerOptions} options
 * @returns {Promise<string>}
 */
export async function ensureTestServer({ log, env = process.env, downloads = temporalDownloads }) {
  const folder = await installOnce({
    folder: cacheFolder(env),
    label: `Temporal test server ${temporalTestServerVersion}`,
    log,
    isUsable: (candidate) => isExecutableFile(join(candidate, executableName)),
    install: (partial) => installTestServer(partial, { log, env, downloads }),
  });
  return join(folder, executableName);
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, status: 'cached' } | undefined}
 */
export function locateTestServer(env = process.env) {
  const path = join(cacheFolder(env), executableName);
  return isExecutableFile(path) ? { path, status: 'cached' } : undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function cacheFolder(env) {
  return join(cacheRoot(env), `temporal-test-server-${temporalTestServerVersion}`);
}

/**
 * @param {string} folder
 * @param {Required<TestServerOptions>} options
 */
async function installTestServer(folder, { log, env, downloads }) {
  try {
    log(`Temporal test server ${temporalTestServerVersion}: trying the vendor's download`);
    await downloadNative(folder, { log, downloads });
  } catch (error) {
    log(`Temporal test server: no download (${messageOf(error)})`);
    await installWithMaven(folder, { log, env });
  }
}

/**
 * The same question that Temporal's SDK asks: the answer names the archive and the file in it.
 * @param {string} folder
 * @param {{ log: import('./commands.mjs').Log, downloads: string }} options
 */
async function downloadNative(folder, { log, downloads }) {
  const { platform, arch } = downloadPlatform();
  const question = `arch=${arch}&platform=${platform}&format=tar.gz&sdk-name=sdk-typescript&sdk-version=1.24.0`;
  const answer = await downloadJson(`${downloads}/temporal-test-server/v${temporalTestServerVersion}?${question}`);
  const { archiveUrl, fileToExtract } = /** @type {{ archiveUrl: string, fileToExtract: string }} */ (answer);
  await downloadArchive({ url: archiveUrl, folder, label: 'the Temporal test server', log });
  renameSync(join(folder, fileToExtract), join(folder, executableName));
}

/**
 * @param {string} folder
 * @param {{ log: import('./commands.mjs').Log, env: NodeJS.ProcessEnv }} options
 */
async function installWithMaven(folder, { log, env }) {
  await requireJavaAndMaven({ log, env });
  const jars = join(folder, 'jars');
  mkdirSync(jars);
  writeFileSync(join(folder, 'pom.xml'), mavenProject);
  log('Temporal test server: fetching it with Maven, once; this takes about ten seconds');
  await run(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      join(folder, 'pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${jars}`,
    ],
    { label: 'Fetching the Temporal test server with Maven', log, env, remedies },
  );
  if (!readdirSync(jars).some((jar) => jar === `temporal-test-server-${temporalTestServerVersion}.jar`)) {
    throw new ToolchainError(`Maven left no temporal-test-server jar in ${jars}.`, remedies);
  }
  const script = join(folder, executableName);
  writeFileSync(script, launcher);
  chmodSync(script, statSync(script).mode | 0o111);
}

/** @param {{ log: import('./commands.mjs').Log, env: NodeJS.ProcessEnv }} options */
async function requireJavaAndMaven({ log, env }) {
  const hasJava = findOnPath('java', env) !== undefined || Boolean(env['JAVA_HOME']);
  const missing = [...(hasJava ? [] : ['java']), ...(findOnPath('mvn', env) === undefined ? ['mvn'] : [])];
  if (missing.length === 0) return;
  if (canInstallDebianPackages()) {
    await installDebianPackages(['default-jre-headless', 'maven'], log);
    return;
  }
  throw new ToolchainError(
    `The Temporal test server cannot be downloaded, and to fetch it otherwise ${missing.join(' and ')} must be on PATH.`,
    remedies,
  );
}

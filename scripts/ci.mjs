/**
 * What `.ci/run` does: the static checks, then the command that the README tells people to run the tests with. The last
 * line counts tests as vitest reported them; a failure that is no test's counts as one.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { log, runEntry } from './entry.mjs';
import { runStaticChecks } from './static-checks.mjs';
import { findOnPath, runInForeground } from './toolchain/commands.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';
import { messageOf } from './toolchain/toolchain-error.mjs';

const reportFile = join(repositoryRoot, '.gauntlet', 'test-report.json');

await runEntry(async () => {
  const { passed, failed } = await checkAndTest();
  console.log(`${String(passed)} passed, ${String(failed)} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});

async function checkAndTest() {
  try {
    const failedChecks = await runStaticChecks({ log });
    if (failedChecks.length === 0) return await runTestCommand();
    log(`Failed: ${failedChecks.join(', ')}; the tests were not run`);
  } catch (error) {
    log(messageOf(error));
  }
  return { passed: 0, failed: 1 };
}

async function runTestCommand() {
  rmSync(reportFile, { force: true });
  const env = { ...process.env, GAUNTLET_TEST_REPORT: reportFile };
  const code = await runInForeground(findOnPath('npm') ?? 'npm', ['test'], { cwd: repositoryRoot, env });
  if (!existsSync(reportFile)) throw new Error(`npm test ended with ${String(code)} before any test was run`);
  /** @type {unknown} */
  const parsed = JSON.parse(readFileSync(reportFile, 'utf8'));
  const report = /** @type {{ numPassedTests: number, numFailedTests: number }} */ (parsed);
  // A file that could not be loaded, or an error outside any test, fails the run without a failed test.
  const failed = code === 0 ? report.numFailedTests : Math.max(report.numFailedTests, 1);
  return { passed: report.numPassedTests, failed };
}

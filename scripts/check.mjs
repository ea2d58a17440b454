/** `npm run check`: everything that CI looks at. `--no-tests` leaves out the tests. */
import { log, runEntry } from './entry.mjs';
import { runTests } from './run-tests.mjs';
import { runStaticChecks } from './static-checks.mjs';

await runEntry(async () => {
  const failed = await runStaticChecks({ log });
  if (failed.length > 0) {
    log(`check: FAILED in ${failed.join(', ')}; the tests were not run`);
    return 1;
  }
  if (process.argv.includes('--no-tests')) return 0;
  const code = await runTests([], { log });
  log(code === 0 ? 'check: everything passed' : 'check: FAILED in tests');
  return code;
});

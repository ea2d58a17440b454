/** `npm test [-- arguments of vitest]`: works straight after a clone, because it installs and builds what is missing. */
import { log, runEntry } from './entry.mjs';
import { runTests } from './run-tests.mjs';

await runEntry(() => runTests(process.argv.slice(2), { log }));

import { openStore } from '../../../adapters/store/open-store.js';
import { collectHere } from '../collections.js';

/** Collects everything that is older than the definition allows a year from now: `collect.ts ROOT`. */
const result = await collectHere(await openStore(process.argv[2] ?? ''));
process.stdout.write(`${String(result.removed.files)}\n`);

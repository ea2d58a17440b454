import { collectStore } from '../../../activities/retention/collect-store.js';
import { DeltaPredictionTable } from '../../../adapters/delta/delta-prediction-table.js';
import { openStore } from '../../../adapters/store/open-store.js';
import { collectArgs } from '../collections.js';

/** Collects everything that is older than the definition allows a year from now: `collect.ts ROOT`. */
const store = await openStore(process.argv[2] ?? '');
const result = await collectStore({ store, staging: store, table: new DeltaPredictionTable(store) }, collectArgs());
process.stdout.write(`${String(result.removed.files)}\n`);

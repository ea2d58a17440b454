/** How fast published predictions are taken back: a rollback from shadow scores beside one that scores again. */
import { readOptions, usage, type PromotionOptions } from './promotion/options.js';
import { measureRollback } from './promotion/rollback-speed.js';
import { machineSizes, printReport, readVersions, tell, type BenchReport } from './support/bench-report.js';

const options = readOptionsOrExit();
if (options !== null) printReport(await measure(options), options.json);

async function measure({ windows, rowsPerWindow }: PromotionOptions): Promise<BenchReport> {
  return {
    name: 'promotion',
    targets: await measureRollback({ windows, rowsPerWindow }),
    versions: readVersions(),
    sizes: { ...machineSizes(), windows, rowsPerWindow },
  };
}

function readOptionsOrExit(): PromotionOptions | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    tell(usage);
    process.exitCode = 2;
    return null;
  }
}

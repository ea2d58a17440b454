/** How fast published predictions are taken back, and how often a hundred looks stop a sound rollout. */
import { readOptions, usage, type PromotionOptions } from './promotion/options.js';
import { measureRollback } from './promotion/rollback-speed.js';
import { measureSequential } from './promotion/sequential-targets.js';
import { machineSizes, printReport, readVersions, tell, type BenchReport } from './support/bench-report.js';

const options = readOptionsOrExit();
if (options !== null) printReport(await measure(options), options.json);

async function measure({ parts, windows, rowsPerWindow, rollouts, seed }: PromotionOptions): Promise<BenchReport> {
  const sequential = parts.includes('sequential') ? measureSequential({ rollouts, seed }) : [];
  const rollback = parts.includes('rollback') ? await measureRollback({ windows, rowsPerWindow }) : [];
  return {
    name: 'promotion',
    targets: [...rollback, ...sequential],
    versions: readVersions(),
    sizes: { ...machineSizes(), windows, rowsPerWindow, rollouts, seed },
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

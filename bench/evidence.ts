/** How often the gates are right: thousands of simulated backtests, and the speed of the bootstrap. Takes some ten minutes. */
import { measureReplicates } from './evidence/auc-replicates.js';
import { compareMetricsSpeed, type MetricsSpeed } from './evidence/metrics-speed.js';
import { readOptions, usage, type EvidenceOptions } from './evidence/options.js';
import {
  coverageOf,
  coverageTargets,
  errorsInMargin,
  falseRates,
  policyRates,
  powers,
  ratePercent,
  trueStandardError,
} from './evidence/rate-targets.js';
import { planScenarios } from './evidence/scenarios.js';
import type { Outcome } from './evidence/simulated-judgement.js';
import { runScenario, type Scenario } from './evidence/simulations.js';
import { locatePythonEnvironment } from '../scripts/toolchain/index.mjs';
import {
  judge,
  machineSizes,
  printReport,
  readVersions,
  rounded,
  tell,
  type BenchReport,
  type Target,
} from './support/bench-report.js';

const options = readOptionsOrExit();
if (options !== null) printReport(await measure(options), options.json);

async function measure(options: EvidenceOptions): Promise<BenchReport> {
  const startedAt = performance.now();
  const speed = await measureSpeed(options);
  const scenarios = planScenarios(options);
  const equal = await simulate(scenarios.equal);
  const inferior = await simulate(scenarios.inferior);
  const standardError = trueStandardError(equal);
  const better = await simulate(scenarios.better(standardError));
  const lessInferior = await simulate(scenarios.lessInferior(standardError));
  const coverage = await simulate(scenarios.coverage);
  const shortCoverage = await simulate(scenarios.shortCoverage);
  const largeEqual = await simulate(scenarios.largeEqual);
  const largeHarmed = await simulate(scenarios.largeHarmed);
  return {
    name: 'evidence',
    targets: [
      ...falseRates(equal, inferior),
      ...powers(better, lessInferior),
      ...policyRates(largeEqual, largeHarmed),
      ...coverageTargets(coverage),
      ...speed,
    ],
    versions: readVersions(),
    sizes: {
      ...machineSizes(),
      seed: options.seed,
      simulations: options.simulations,
      largeSimulations: options.largeSimulations,
      standardError: Number(standardError.toPrecision(4)),
      marginInErrors: errorsInMargin(equal),
      marginInErrorsOfLarge: errorsInMargin(largeEqual),
      stoppedByLooserSliceLimitPercent: ratePercent(
        largeHarmed,
        ({ checks }) => checks['worst-slice slice auc at 0.02'] === 'fail',
      ),
      ...named('coverageOver12DaysPercent', coverageOf(shortCoverage)),
      minutes: rounded((performance.now() - startedAt) / 60_000),
    },
  };
}

/** Before the simulations have filled the heap. */
async function measureSpeed({ seed, metricsRows, replicateRows }: EvidenceOptions): Promise<readonly Target[]> {
  const python = await locatePythonEnvironment();
  if (python === undefined) throw new Error('the Python environment is not installed; npm run bench installs it');
  tell(`seed ${String(seed)}; metrics of ${String(metricsRows)} rows …`);
  const metrics = await compareMetricsSpeed({ python: python.path, rows: metricsRows, seed });
  tell(`replicates of the AUC of ${String(replicateRows)} rows …`);
  const replicates = await measureReplicates({ python: python.path, seed, rowCount: replicateRows });
  return [metricsSpeedTarget(metrics), ...replicates];
}

/** A ratio of times means nothing unless both measured the same. */
function metricsSpeedTarget({ agree, ratio, ours, sklearn, rows }: MetricsSpeed): Target {
  return judge({
    id: 'five-metrics-against-scikit-learn',
    op: '>=',
    target: 5,
    value: agree ? rounded(ratio) : null,
    unit: '×',
    sides: [
      { name: `ours, ${String(rows)} rows`, value: rounded(ours / 1_000), unit: 's' },
      { name: 'scikit-learn', value: rounded(sklearn / 1_000), unit: 's' },
    ],
  });
}

async function simulate(scenario: Scenario): Promise<readonly Outcome[]> {
  const startedAt = performance.now();
  const outcomes = await runScenario(scenario);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  tell(`${scenario.name}: ${String(outcomes.length)} backtests in ${seconds} s, seed ${String(scenario.world.seed)}`);
  return outcomes;
}

function named(prefix: string, values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value]));
}

function readOptionsOrExit(): EvidenceOptions | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    tell(usage);
    process.exitCode = 2;
    return null;
  }
}

/** Batch scoring beside its peers: the same rows, models and run; whether the scores agree; and growth to 100 M rows. */
import path from 'node:path';
import { ensurePeersEnvironment } from '../scripts/toolchain/index.mjs';
import { writeChart } from './scoring/chart.js';
import { compareDesigns, measureGrowth, type Bench, type PeerFailure } from './scoring/comparison.js';
import { listDesigns } from './scoring/designs.js';
import { kernelTarget, measureKernel, type KernelMeasurement } from './scoring/kernel.js';
import type { Measurement } from './scoring/measurement.js';
import { modelNames, prepareModels, type BenchModel, type ModelName } from './scoring/models.js';
import { measurePipeline, pipelineTargets, type PipelineMeasurement } from './scoring/pipeline.js';
import { rowsPerPart } from './scoring/row-shape.js';
import { ensureRows } from './scoring/rows.js';
import { readOptions, usage, type ScoringOptions, type SectionName } from './scoring/options.js';
import { renderMeasurements } from './scoring/table.js';
import { comparisonTargets, growthTargets } from './scoring/targets.js';
import {
  machineSizes,
  printReport,
  readPeerVersions,
  readVersions,
  rounded,
  tell,
  type BenchReport,
} from './support/bench-report.js';
import { waitUntilQuiet } from './support/quiet-machine.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

/** Sizes of the targets, where none are asked for. */
const usualRows: Readonly<Record<ModelName, readonly number[]>> = {
  lr: [3_000_000, 30_000_000],
  mlp: [3_000_000, 30_000_000],
  gbt: [3_000_000],
};
const growingRows = [1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000];

/** The targets, and every measurement behind them. */
interface ScoringReport extends BenchReport {
  readonly measurements: readonly Measurement[];
  readonly growth: readonly Measurement[];
  readonly kernel: KernelMeasurement | null;
  readonly pipeline: PipelineMeasurement | null;
  readonly failures: readonly PeerFailure[];
}

const options = parseOrExit();
const report = await inTemporaryFolder((folder) => measure(options, folder));
await writeChart(options.chartPath, report.measurements, report.growth);
tell(`chart: ${path.resolve(options.chartPath)}`);
if (!options.json) {
  if (report.measurements.length > 0) process.stdout.write(`${renderMeasurements(report.measurements)}\n\n`);
  if (report.growth.length > 0) process.stdout.write(`Growth\n${renderMeasurements(report.growth)}\n\n`);
}
printReport(report, options.json);
const disagree = report.measurements.some(({ scoresAgree }) => scoresAgree === false);
if (disagree || report.failures.length > 0) process.exitCode = 1;

async function measure({ sections, ...asked }: ScoringOptions, folder: string): Promise<ScoringReport> {
  const python = await ensurePeersEnvironment({ log: tell });
  const bench: Bench = { ...asked, designs: listDesigns(asked), python, folder, log: tell, failures: [] };
  const names = modelNames.filter((name) => sections.some((section) => modelOf(section) === name));
  const models = await prepareModels({ names, python, folder, log: tell });
  const measurements: Measurement[] = [];
  for (const model of models.filter(({ name }) => sections.includes(name))) {
    for (const rows of asked.rows ?? usualRows[model.name]) {
      measurements.push(...(await compareDesigns(bench, model, rows)));
    }
  }
  const growth = sections.includes('growth') ? await measureGrowth(bench, modelNamed(models, 'lr'), growingRows) : [];
  const kernel = sections.includes('kernel') ? await kernelAlone(modelNamed(models, 'gbt'), asked) : null;
  const pipeline = sections.includes('pipeline') ? await measurePipeline(bench) : null;
  return {
    name: 'scoring',
    targets: [
      ...comparisonTargets(measurements),
      ...(kernel === null ? [] : [kernelTarget(kernel)]),
      ...(growth.length > 0 ? growthTargets(growth) : []),
      ...(pipeline === null ? [] : pipelineTargets(pipeline)),
    ],
    versions: { ...readVersions(), ...readPeerVersions() },
    sizes: { ...machineSizes(), runs: asked.runs },
    measurements: measurements.map(roundedMeasurement),
    growth: growth.map(roundedMeasurement),
    kernel,
    pipeline,
    failures: bench.failures,
  };
}

async function kernelAlone(model: BenchModel, { runs, quietSeconds }: Pick<ScoringOptions, 'runs' | 'quietSeconds'>) {
  const [part = ''] = await ensureRows(rowsPerPart, tell);
  await waitUntilQuiet(quietSeconds);
  return measureKernel(model, part, runs);
}

/** Growth is measured with the model that costs least, the kernel with the trees. */
function modelOf(section: SectionName): ModelName | null {
  switch (section) {
    case 'growth':
      return 'lr';
    case 'kernel':
      return 'gbt';
    case 'pipeline':
      return null;
    case 'lr':
    case 'mlp':
    case 'gbt':
      return section;
  }
}

function modelNamed(models: readonly BenchModel[], wanted: ModelName): BenchModel {
  const found = models.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`there is no model ${wanted}`);
  return found;
}

function roundedMeasurement(measurement: Measurement): Measurement {
  const entries = Object.entries(measurement).map(([name, value]) => [
    name,
    typeof value === 'number' ? rounded(value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Measurement;
}

function parseOrExit(): ScoringOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    tell(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

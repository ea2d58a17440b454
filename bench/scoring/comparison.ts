import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../adapters/built-entry.js';
import { measureProcess } from '../support/measured-process.js';
import { waitUntilQuiet } from '../support/quiet-machine.js';
import { compareScores, doScoresAgree } from './agreement.js';
import { designsFor, type Design } from './designs.js';
import type { ScoringJob } from './job.js';
import { summarise, type Measurement, type TimedRun } from './measurement.js';
import type { BenchModel, ModelName } from './models.js';
import { featureNames, rowsPerPart } from './row-shape.js';
import { ensureRows } from './rows.js';

type Log = (line: string) => void;

/** What all comparisons of one bench share. */
export interface Bench {
  readonly designs: readonly Design[];
  readonly python: string;
  readonly folder: string;
  readonly runs: number;
  readonly quietSeconds: number;
  readonly log: Log;
  /** Peers that did not run at all, in the order in which that was found. */
  readonly failures: PeerFailure[];
}

export interface PeerFailure {
  readonly design: string;
  readonly model: ModelName;
  readonly reason: string;
}

/** More repetitions of a design that takes a minute would say nothing more. */
const slowRuns = 2;

/** Runs every design on the same rows, in rounds, so that a noisy quarter of an hour hurts all of them alike. */
export async function compareDesigns(bench: Bench, model: BenchModel, rows: number): Promise<readonly Measurement[]> {
  const parts = await ensureRows(rows, bench.log);
  const label = `${model.name}, ${String(rows / 1e6)} M rows`;
  const designs = await warmUp(bench, model, designsFor(bench.designs, model.name, rows), parts);
  const measured = new Map<Design, TimedRun[]>();
  for (let round = 1; round <= bench.runs; round += 1) {
    for (const design of designs.filter(({ role }) => role !== 'spark' || round <= slowRuns)) {
      const run = await runOnce(bench, design, model, parts, `${label}, round ${String(round)}`);
      measured.set(design, [...(measured.get(design) ?? []), run]);
    }
  }
  const results: Measurement[] = [];
  for (const [design, runs] of measured) {
    results.push(summarise(await identify(bench, design, model, { rows, isScored: true }), runs));
  }
  await removeOutputs(bench.folder);
  return results;
}

/** Our own job alone, on growing sizes. */
export async function measureGrowth(
  bench: Bench,
  model: BenchModel,
  sizes: readonly number[],
): Promise<readonly Measurement[]> {
  const ours = bench.designs.filter(({ role }) => role === 'ours');
  const results: Measurement[] = [];
  for (const rows of sizes) {
    const parts = await ensureRows(rows, bench.log);
    for (const design of ours) {
      const runs: TimedRun[] = [];
      while (runs.length < bench.runs) {
        runs.push(await runOnce(bench, design, model, parts, `growth, ${String(rows / 1e6)} M rows`));
      }
      results.push(summarise(await identify(bench, design, model, { rows, isScored: false }), runs));
    }
    await removeOutputs(bench.folder);
  }
  return results;
}

/** Each design once on one part, so that nothing is read from a cold disk later. A peer that does not run is left out, and said. */
async function warmUp(
  bench: Bench,
  model: BenchModel,
  designs: readonly Design[],
  parts: readonly string[],
): Promise<readonly Design[]> {
  const working: Design[] = [];
  for (const design of designs) {
    try {
      await runOnce({ ...bench, quietSeconds: 0 }, design, model, parts.slice(0, 1), `${model.name}, warm-up`);
      working.push(design);
    } catch (error) {
      if (design.role === 'ours') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      bench.log(`${model.name}: ${design.id} does not run: ${reason}`);
      bench.failures.push({ design: design.id, model: model.name, reason });
    }
  }
  return working;
}

async function runOnce(
  bench: Bench,
  design: Design,
  model: BenchModel,
  parts: readonly string[],
  label: string,
): Promise<TimedRun> {
  const output = outputOf(bench.folder, design);
  await rm(output, { recursive: true, force: true });
  await mkdir(path.dirname(output), { recursive: true });
  const request = path.join(bench.folder, 'request.json');
  await writeFile(request, JSON.stringify(jobOf(model, parts, output)));
  const wait = await waitUntilQuiet(bench.quietSeconds);
  const command = design.program.endsWith('.py') ? bench.python : process.execPath;
  const run = { ...(await measureProcess(command, [design.program, request, ...design.args], projectRoot())), ...wait };
  const rows = parts.length * rowsPerPart;
  bench.log(
    `${label}: ${design.id} ${run.wallSeconds.toFixed(2)} s, ${(rows / run.wallSeconds / 1e6).toFixed(2)} M rows/s, ${run.peakMiB.toFixed(0)} MiB`,
  );
  return run;
}

function jobOf(model: BenchModel, parts: readonly string[], output: string): ScoringJob {
  return {
    parts,
    features: featureNames,
    output,
    model_path: model.onnxPath,
    mlflow_path: model.mlflowPath,
    lightgbm_path: model.lightgbmPath,
    bundlePath: model.bundlePath,
    modelDigest: model.modelDigest,
    decisionThreshold: model.decisionThreshold,
    scoreCuts: model.scoreCuts,
  };
}

/** The output of the last run is compared with that of ours, row by row. */
async function identify(
  bench: Bench,
  { id, title, role }: Design,
  { name: model }: BenchModel,
  { rows, isScored }: { readonly rows: number; readonly isScored: boolean },
): Promise<Parameters<typeof summarise>[0]> {
  const identity = { design: id, title, role, model, rows };
  const ours = bench.designs.find((design) => design.role === 'ours');
  if (!isScored || role === 'ours' || role === 'floor' || ours === undefined) {
    return { ...identity, scoresAgree: null, differences: null };
  }
  const theirs = bench.designs.find((design) => design.id === id);
  if (theirs === undefined) throw new Error(`there is no design ${id}`);
  const differences = await compareScores(outputOf(bench.folder, ours), outputOf(bench.folder, theirs), bench.folder);
  return { ...identity, scoresAgree: doScoresAgree(differences, rows), differences };
}

/** Each design writes a folder or a file; none leaves one for the next. */
function outputOf(folder: string, { id, role }: Design): string {
  return path.join(folder, 'outputs', role === 'ours' || role === 'audited' || role === 'spark' ? id : `${id}.parquet`);
}

function removeOutputs(folder: string): Promise<void> {
  return rm(path.join(folder, 'outputs'), { recursive: true, force: true });
}

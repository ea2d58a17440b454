import type { Measured, VolumeFacts, VolumeFigures } from '../../domain/gates/probes.js';
import type { ServingModel, ShardRequest } from '../ports/scorer.js';
import { openModels } from '../scoring/open-models.js';
import { withStagedFile } from '../staged-file.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';
import { labelledParts } from './probed-rows.js';

/** Rows that are scored for the measurement: enough that starting a task no longer counts. */
const MEASURED_ROWS = 200_000;
/** The first pass may still start a process and load the model; the faster one counts. */
const PASSES = 2;

/** The facts of a report, and beside them what differs from run to run. */
export type MeasuredVolume = VolumeFacts & { readonly figures: VolumeFigures };

/**
 * Scores rows of the folds, repeated until they are enough, exactly as a window is scored: one process, one part, its
 * files and audit facts. The forecast grows with the rows; memory does not, because rows pass through in blocks. With
 * several processes a real run is faster than the forecast.
 */
export async function measureVolume(services: EvidenceServices, job: ProbeJob): Promise<Measured<MeasuredVolume>> {
  const { plan, definition, folds, signal } = job;
  const gate = definition.gates.find((each) => each.check === 'volume');
  if (gate === undefined) return { status: 'missing', why: 'no gate names a deadline' };
  const parts = await labelledParts(services, plan.pipeline, folds);
  return withStagedFile(services.store, 'volume-rows', async (partPath) => {
    const wanted = { parts, rows: MEASURED_ROWS, outputPath: partPath, signal };
    const measuredRows = await services.prober.writeRepeated(wanted);
    if (measuredRows === 0) return { status: 'missing', why: 'the folds have no rows to measure with' };
    const { elapsedMs, memoryMb } = await timePasses(services, job, { partPath, rows: measuredRows });
    const rows = gate.rows ?? (await largestWindow(services, job));
    const forecastMs = (elapsedMs / measuredRows) * rows;
    return {
      status: 'measured',
      facts: {
        rows,
        measuredRows,
        deadlineMs: gate.deadlineMs,
        memoryMb: gate.memoryMb,
        inTime: forecastMs <= gate.deadlineMs,
        inMemory: memoryMb <= gate.memoryMb,
        figures: { forecastMs, peakMemoryMb: memoryMb },
      },
    };
  });
}

interface MeasuredPart {
  readonly partPath: string;
  readonly rows: number;
}

/** The faster pass, and the most memory of either; that of this process where the system says nothing of the scorer's. */
async function timePasses(
  services: EvidenceServices,
  job: ProbeJob,
  { partPath, rows }: MeasuredPart,
): Promise<{ readonly elapsedMs: number; readonly memoryMb: number }> {
  const { bundles, dataset, scorer, scoreTimeoutMs, store } = services;
  const { plan, definition, folds, signal, report } = job;
  const snapshot = await dataset.loadSnapshot(plan.pipeline, folds[0]?.snapshotDigest ?? '');
  const [opened] = await openModels(bundles, definition, [plan.challenger]);
  if (opened === undefined) throw new Error('the challenger was not opened');
  let elapsedMs = Number.POSITIVE_INFINITY;
  let memoryMb = 0;
  return withStagedFile(store, 'volume-scores', async (outputPath) => {
    const model: ServingModel = { ...opened, cohort: 'champion', outputPath };
    const request: ShardRequest = {
      snapshot,
      partPath,
      rows,
      models: [model],
      runIdentity: plan.challenger.modelDigest,
      churn: { livePaths: [], sliceColumns: [] },
      timeoutMs: scoreTimeoutMs,
      signal,
      onProgress: report,
      onPeakMemory: (residentMb) => {
        memoryMb = Math.max(memoryMb, residentMb);
      },
    };
    for (let pass = 0; pass < PASSES; pass += 1) {
      const startedAt = performance.now();
      await scorer.scoreShard(request);
      elapsedMs = Math.min(elapsedMs, performance.now() - startedAt);
    }
    return { elapsedMs, memoryMb: memoryMb > 0 ? memoryMb : process.memoryUsage.rss() / 2 ** 20 };
  });
}

/** Rows of the largest window that is published; before there is one, a window's share of the largest fold. */
async function largestWindow(
  { dataset, table }: EvidenceServices,
  { plan, definition, folds }: ProbeJob,
): Promise<number> {
  const { windows } = await table.load(plan.pipeline, 'predictions');
  const published = Math.max(0, ...[...windows.values()].map(({ rows }) => rows));
  if (published > 0) return published;
  const shares = await Promise.all(
    folds.map(async ({ snapshotDigest, window }) => {
      const { rows } = await dataset.loadSnapshot(plan.pipeline, snapshotDigest);
      const foldMs = Date.parse(window.end) - Date.parse(window.start);
      return Math.ceil((rows * Math.min(foldMs, definition.window.everyMs)) / foldMs);
    }),
  );
  return Math.max(0, ...shares);
}

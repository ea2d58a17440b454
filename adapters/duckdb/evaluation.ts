import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator, FoldFile } from '../../activities/ports/evaluation.js';
import {
  compareGroup,
  estimateGroup,
  levelOf,
  reliabilityOf,
  type BootstrapPlan,
  type GroupComparison,
  type SidePoints,
} from '../../domain/gates/compare-scores.js';
import type {
  Comparison,
  ComparisonRequest,
  FoldComparison,
  MovedRow,
  SliceComparison,
} from '../../domain/gates/comparison.js';
import { countFlips, countHistogram, isIdentical, rangeOf } from '../../domain/gates/score-counts.js';
import type { LabelKind } from '../../domain/metrics.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { GroupSums } from '../../domain/statistics/block-metrics.js';
import { sumByBlocks } from '../../domain/statistics/block-sums.js';
import { computeDeLong } from '../../domain/statistics/delong.js';
import { sumErrorsByBlocks } from '../../domain/statistics/error-sums.js';
import { sumObserved } from '../../domain/statistics/observed-bins.js';
import { rankMetrics } from '../../domain/statistics/rank-table.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import type { Grouping, OrderedScores } from '../../domain/statistics/score-pass.js';
import { withDuckDb } from './connection.js';
import { measureDrift } from './evaluation-drift.js';
import { measurePublished } from './evaluation-published.js';
import { writeFoldFile } from './fold-file.js';
import { countLabels } from './label-coverage.js';
import { identifyScoredRows } from './scored-rows.js';
import { loadComparedRows, type ComparedRows } from './evaluation-rows.js';
import { comparedMetrics, measureCompared, type ComparedPoints } from './metrics/compared-metrics.js';
import { measureGroups } from './metrics/group-decisions.js';
import { listMovedRows } from './metrics/moved-rows.js';

export interface EvaluatorOptions {
  /** Parent of DuckDB's spill folders. */
  readonly tempDirectory: string;
  /** No evidence depends on it: what DuckDB adds up here are whole numbers. */
  readonly threads?: number;
  readonly memoryLimitMb?: number;
}

/** Measures in DuckDB what can be counted there, and hands the rest to the statistics of the domain as typed arrays. */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const settings = {
    tempDirectory: options.tempDirectory,
    threads: options.threads ?? 2,
    memoryLimitMb: options.memoryLimitMb ?? 512,
  };
  return {
    compare: async ({ signal, ...request }) => {
      checkRequest(request);
      const allowed = request.files.map((file) => file.path);
      const engine = { ...settings, allowed, ...(signal === undefined ? {} : { signal }) };
      const loaded = await withDuckDb(engine, (connection) => loadCompared(connection, request)).catch(
        (error: unknown) => {
          // An engine that was interrupted complains of its statement.
          signal?.throwIfAborted();
          throw error;
        },
      );
      signal?.throwIfAborted();
      return compareRows(request, loaded);
    },
    identifyRows: (args) =>
      withDuckDb({ ...settings, allowed: [args.scoredPath] }, (connection) => identifyScoredRows(connection, args)),
    writeFold: (args) => {
      const allowed = [args.scoredPath, args.championPath ?? args.scoredPath, args.outputPath];
      return withDuckDb({ ...settings, threads: 1, allowed }, (connection) => writeFoldFile(connection, args));
    },
    measureGroups: ({ files, ...args }) =>
      withDuckDb({ ...settings, allowed: files.map((file) => file.path) }, (connection) =>
        measureGroups(connection, { files, ...args }),
      ),
    measurePublished: (args) =>
      withDuckDb({ ...settings, allowed: [...args.publishedPaths, ...args.labelledParts] }, (connection) =>
        measurePublished(connection, args),
      ),
    countLabels: (args) =>
      withDuckDb({ ...settings, allowed: args.parts }, (connection) => countLabels(connection, args)),
    measureDrift: (args) =>
      withDuckDb({ ...settings, allowed: args.parts }, (connection) => measureDrift(connection, args)),
  };
}

type CompareArgs = ComparisonRequest & { readonly files: readonly FoldFile[] };

function checkRequest({ files, folds }: CompareArgs): void {
  const wanted = folds.map((fold) => fold.fold).join(', ');
  const found = files.map((file) => file.fold).join(', ');
  if (files.length > 0 && wanted === found) return;
  throw new PermanentFailure('INVALID_INPUT', 'a comparison needs the file of each of its folds', {
    problems: [{ field: 'files', found: `folds ${found || 'none'}`, expected: `folds ${wanted || 'at least one'}` }],
  });
}

/** What the engine knows of the compared rows. */
interface LoadedComparison {
  readonly rows: ComparedRows;
  readonly points: ComparedPoints;
  readonly movers: readonly MovedRow[];
}

async function loadCompared(connection: DuckDBConnection, request: CompareArgs): Promise<LoadedComparison> {
  const rows = await loadComparedRows(connection, request);
  return {
    rows,
    points: await measureCompared(connection, request, rows),
    movers: await listMovedRows(connection),
  };
}

async function compareRows(request: CompareArgs, { rows, points, movers }: LoadedComparison): Promise<Comparison> {
  const { champion, challenger, replicates, confidence, reuse, seed, topShare } = request;
  const sides = {
    champion: { ...ordered(rows.champion), threshold: champion.decisionThreshold },
    challenger: { ...ordered(rows.challenger), threshold: challenger.decisionThreshold },
  };
  const plan: BootstrapPlan = { blocks: rows.blockKind, replicates, confidence, reuse, seed };
  const sum: SumGroups = (grouping, ranks) =>
    request.labelKind === 'binary'
      ? sumByBlocks({ rows, ...sides, grouping, value: request.value, ...(ranks ? { topShare } : {}) })
      : sumErrors(rows, grouping);
  const [group] = sum({ codes: new Int32Array(rows.labels.length), count: 1 }, true);
  if (group === undefined) throw new Error('all rows together are one group');
  const pooled = estimateGroup(group, plan, points.pooled);
  const level = levelOf(plan);
  return roundNumbers<Comparison>({
    champion,
    challenger,
    labelKind: request.labelKind,
    metrics: comparedMetrics(request),
    rows: group.rows,
    positives: group.positiveRows,
    days: rows.days,
    rowsDigest: rows.rowsDigest,
    method: { ...plan, level, interval: 'block-bootstrap-t' },
    folds: await compareFolds(request, { rows, points }, sum, plan),
    pooled: {
      ...pooled,
      // Its formula is for rows that count alike.
      deLong:
        group.kind === 'regression' || rows.isWeighted ? null : computeDeLong({ labels: rows.labels, ...sides, level }),
    },
    slices: await compareSlices(request, { rows, points }, sum, plan),
    reliability: reliabilityOfSides(group),
    ...(group.kind === 'regression' ? { observed: observedOfSides(rows, sides) } : {}),
    histograms: histogramsOf(request.labelKind, rows),
    flips: countFlips(
      rows,
      { champion: champion.decisionThreshold, challenger: challenger.decisionThreshold },
      request.labelKind,
    ),
    movers,
    identicalScores: isIdentical(rows.champion, rows.challenger),
  });
}

/** `ranks`: whether metrics that look at the list rank by rank are to have intervals. They cost the most. */
type SumGroups = (grouping: Grouping, ranks: boolean) => Iterable<GroupSums>;

function sumErrors(rows: ComparedRows, grouping: Grouping): Iterable<GroupSums> {
  const { champion, challenger, outcomes } = rows;
  return sumErrorsByBlocks({ rows: { ...rows, labels: outcomes }, champion, challenger, grouping });
}

/** Predictions of a number promise no share of positives. */
function reliabilityOfSides(group: GroupSums): Comparison['reliability'] {
  if (group.kind === 'regression') return { champion: [], challenger: [] };
  return { champion: reliabilityOf(group.champion), challenger: reliabilityOf(group.challenger) };
}

function observedOfSides(
  { outcomes, ...rows }: ComparedRows,
  { champion, challenger }: Readonly<Record<'champion' | 'challenger', OrderedScores>>,
): NonNullable<Comparison['observed']> {
  const numeric = { ...rows, labels: outcomes };
  return { champion: sumObserved(numeric, champion), challenger: sumObserved(numeric, challenger) };
}

/** Both sides over the same bins, so that they can be laid on each other. */
function histogramsOf(labelKind: LabelKind, { champion, challenger }: ComparedRows): Comparison['histograms'] {
  const range = labelKind === 'binary' ? undefined : rangeOf(champion, challenger);
  return { champion: countHistogram(champion, range), challenger: countHistogram(challenger, range) };
}

async function compareFolds(
  request: CompareArgs,
  { rows, points }: Pick<LoadedComparison, 'rows' | 'points'>,
  sum: SumGroups,
  plan: BootstrapPlan,
): Promise<readonly FoldComparison[]> {
  const sums = sum({ codes: rows.folds, count: request.folds.length }, true);
  const compared = await compareGroups(sums, plan, points.folds);
  return request.folds.map(({ fold, window }, index): FoldComparison => {
    const days = rows.foldDays[index] ?? 0;
    return { fold, window, days, ...(compared[index] ?? noGroup()) };
  });
}

async function compareSlices(
  request: CompareArgs,
  { rows, points }: Pick<LoadedComparison, 'rows' | 'points'>,
  sum: SumGroups,
  plan: BootstrapPlan,
): Promise<readonly SliceComparison[]> {
  const slices: SliceComparison[] = [];
  const ranks = rankMetrics.some((metric) => request.sliceMetrics.includes(metric));
  for (const [slice, { column, values, grouping }] of rows.slices.entries()) {
    const compared = await compareGroups(sum(grouping, ranks), plan, points.slices[slice] ?? []);
    compared.forEach((comparison, index) => {
      slices.push({ column, value: values[index] ?? null, ...comparison });
    });
  }
  return slices;
}

/** Lets other work of the process, such as heartbeats, have its turn between groups. */
async function compareGroups(
  groups: Iterable<GroupSums>,
  plan: BootstrapPlan,
  points: readonly SidePoints[],
): Promise<readonly (GroupComparison & { readonly rows: number; readonly positives: number })[]> {
  const compared = [];
  for (const group of groups) {
    compared.push({
      ...compareGroup(group, plan, points[compared.length]),
      rows: group.rows,
      positives: group.positiveRows,
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return compared;
}

function ordered(scores: Float32Array): OrderedScores {
  return { scores, order: orderByScore(scores) };
}

function noGroup(): never {
  throw new Error('every fold is a group');
}

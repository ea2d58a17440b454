import type { Evaluator, FoldFile } from '../../activities/ports/evaluation.js';
import {
  compareGroup,
  estimateGroup,
  levelOf,
  reliabilityOf,
  type BootstrapPlan,
  type GroupComparison,
} from '../../domain/gates/compare-scores.js';
import type { Comparison, ComparisonRequest, FoldComparison, SliceComparison } from '../../domain/gates/comparison.js';
import { countFlips, countHistogram, isIdentical } from '../../domain/gates/score-counts.js';
import { metricsOf } from '../../domain/metrics.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { sumByBlocks, type BinaryGroup } from '../../domain/statistics/block-sums.js';
import { computeDeLong } from '../../domain/statistics/delong.js';
import { rankMetrics } from '../../domain/statistics/rank-table.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import type { Grouping, OrderedScores } from '../../domain/statistics/score-pass.js';
import { withDuckDb } from './connection.js';
import { measureDrift } from './evaluation-drift.js';
import { measurePublished } from './evaluation-published.js';
import { writeFoldFile } from './fold-file.js';
import { loadComparedRows, type ComparedRows } from './evaluation-rows.js';

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
    compare: async (request) => {
      checkRequest(request);
      const rows = await withDuckDb({ ...settings, allowed: request.files.map((file) => file.path) }, (connection) =>
        loadComparedRows(connection, request.files, request.sliceColumns, request.blocks),
      );
      return compareRows(request, rows);
    },
    writeFold: (args) =>
      withDuckDb({ ...settings, threads: 1, allowed: [args.scoredPath, args.outputPath] }, (connection) =>
        writeFoldFile(connection, args),
      ),
    measurePublished: (args) =>
      withDuckDb({ ...settings, allowed: [...args.publishedPaths, ...args.labelledParts] }, (connection) =>
        measurePublished(connection, args),
      ),
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

async function compareRows(request: CompareArgs, rows: ComparedRows): Promise<Comparison> {
  const { champion, challenger, replicates, confidence, reuse, seed, topShare } = request;
  const sides = {
    champion: { ...ordered(rows.champion), threshold: champion.decisionThreshold },
    challenger: { ...ordered(rows.challenger), threshold: challenger.decisionThreshold },
  };
  const plan: BootstrapPlan = { blocks: rows.blockKind, replicates, confidence, reuse, seed };
  const sum: SumGroups = (grouping, ranks) =>
    sumByBlocks({ rows, ...sides, grouping, value: request.value, ...(ranks ? { topShare } : {}) });
  const [group] = sum({ codes: new Int32Array(rows.labels.length), count: 1 }, true);
  if (group === undefined) throw new Error('all rows together are one group');
  const pooled = estimateGroup(group, plan);
  const level = levelOf(plan);
  return roundNumbers<Comparison>({
    champion,
    challenger,
    labelKind: request.labelKind,
    metrics: metricsOf(request.labelKind).filter((metric) => metric in pooled.challenger),
    rows: group.rows,
    positives: group.positiveRows,
    days: rows.days,
    rowsDigest: rows.rowsDigest,
    method: { ...plan, level, interval: 'block-bootstrap-t' },
    folds: await compareFolds(request, rows, sum, plan),
    pooled: {
      ...pooled,
      // Its formula is for rows that count alike.
      deLong: rows.weights === undefined ? computeDeLong({ labels: rows.labels, ...sides, level }) : null,
    },
    slices: await compareSlices(request, rows, sum, plan),
    reliability: { champion: reliabilityOf(group.champion), challenger: reliabilityOf(group.challenger) },
    histograms: { champion: countHistogram(rows.champion), challenger: countHistogram(rows.challenger) },
    flips: countFlips(rows, champion.decisionThreshold, challenger.decisionThreshold),
    movers: [],
    identicalScores: isIdentical(rows.champion, rows.challenger),
  });
}

/** `ranks`: whether metrics that look at the list rank by rank are to have intervals. They cost the most. */
type SumGroups = (grouping: Grouping, ranks: boolean) => Iterable<BinaryGroup>;

async function compareFolds(
  request: CompareArgs,
  rows: ComparedRows,
  sum: SumGroups,
  plan: BootstrapPlan,
): Promise<readonly FoldComparison[]> {
  const compared = await compareGroups(sum({ codes: rows.folds, count: request.folds.length }, true), plan);
  return request.folds.map(({ fold, window }, index): FoldComparison => {
    const days = rows.foldDays[index] ?? 0;
    return { fold, window, days, ...(compared[index] ?? noGroup()) };
  });
}

async function compareSlices(
  request: CompareArgs,
  rows: ComparedRows,
  sum: SumGroups,
  plan: BootstrapPlan,
): Promise<readonly SliceComparison[]> {
  const slices: SliceComparison[] = [];
  const ranks = rankMetrics.some((metric) => request.sliceMetrics.includes(metric));
  for (const { column, values, grouping } of rows.slices) {
    const compared = await compareGroups(sum(grouping, ranks), plan);
    compared.forEach((comparison, index) => {
      slices.push({ column, value: values[index] ?? null, ...comparison });
    });
  }
  return slices;
}

/** Lets other work of the process, such as heartbeats, have its turn between groups. */
async function compareGroups(
  groups: Iterable<BinaryGroup>,
  plan: BootstrapPlan,
): Promise<readonly (GroupComparison & { readonly rows: number; readonly positives: number })[]> {
  const compared = [];
  for (const group of groups) {
    compared.push({ ...compareGroup(group, plan), rows: group.rows, positives: group.positiveRows });
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

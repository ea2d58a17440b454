import type { Evaluator, FoldFile } from '../../activities/ports/evaluation.js';
import {
  compareGroup,
  estimateSide,
  summedMetrics,
  reliabilityOf,
  type GroupComparison,
} from '../../domain/gates/compare-scores.js';
import type { Comparison, ComparisonRequest, FoldComparison, SliceComparison } from '../../domain/gates/comparison.js';
import { countFlips, countHistogram, isIdentical } from '../../domain/gates/score-counts.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { sumByBlocks, type GroupSums } from '../../domain/statistics/block-sums.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import type { Grouping, OrderedScores } from '../../domain/statistics/score-pass.js';
import { withDuckDb } from './connection.js';
import { measureDrift } from './evaluation-drift.js';
import { measurePublished } from './evaluation-published.js';
import { writeFoldFile } from './fold-file.js';
import { countLabels } from './label-coverage.js';
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
        loadComparedRows(connection, request.files, request.sliceColumns),
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

async function compareRows(request: CompareArgs, rows: ComparedRows): Promise<Comparison> {
  const sides = { champion: ordered(rows.champion), challenger: ordered(rows.challenger) };
  const sum = (grouping: Grouping) => sumByBlocks({ rows, ...sides, grouping });
  const [pooled] = sum({ codes: new Int32Array(rows.labels.length), count: 1 });
  if (pooled === undefined) throw new Error('all rows together are one group');
  const { champion, challenger, replicates, confidence, seed } = request;
  const { differences } = compareGroup(pooled, request);
  return roundNumbers<Comparison>({
    champion,
    challenger,
    labelKind: request.labelKind,
    metrics: summedMetrics,
    rows: pooled.rows,
    positives: pooled.positiveRows,
    days: rows.days,
    rowsDigest: rows.rowsDigest,
    method: {
      blocks: request.blocks,
      replicates,
      confidence,
      reuse: request.reuse,
      level: confidence,
      seed,
      interval: 'block-bootstrap-t',
    },
    folds: await compareFolds(request, rows, sum({ codes: rows.folds, count: request.folds.length })),
    pooled: {
      champion: estimateSide(pooled, pooled.champion, request),
      challenger: estimateSide(pooled, pooled.challenger, request),
      differences,
      deLong: null,
    },
    slices: await compareSlices(request, rows, sum),
    reliability: { champion: reliabilityOf(pooled.champion), challenger: reliabilityOf(pooled.challenger) },
    histograms: { champion: countHistogram(rows.champion), challenger: countHistogram(rows.challenger) },
    flips: countFlips(rows, champion.decisionThreshold, challenger.decisionThreshold),
    movers: [],
    identicalScores: isIdentical(rows.champion, rows.challenger),
  });
}

async function compareFolds(
  request: CompareArgs,
  rows: ComparedRows,
  groups: readonly GroupSums[],
): Promise<readonly FoldComparison[]> {
  const compared = await compareGroups(groups, request);
  return request.folds.map(({ fold, window }, index): FoldComparison => {
    const { group, ...comparison } = compared[index] ?? noGroup();
    const days = rows.foldDays[index] ?? 0;
    return { fold, window, rows: group.rows, positives: group.positiveRows, days, ...comparison };
  });
}

async function compareSlices(
  request: CompareArgs,
  rows: ComparedRows,
  sum: (grouping: Grouping) => readonly GroupSums[],
): Promise<readonly SliceComparison[]> {
  const slices: SliceComparison[] = [];
  for (const { column, values, grouping } of rows.slices) {
    const compared = await compareGroups(sum(grouping), request);
    compared.forEach(({ group, ...comparison }, index) => {
      const value = values[index] ?? null;
      slices.push({ column, value, rows: group.rows, positives: group.positiveRows, ...comparison });
    });
  }
  return slices;
}

/** Lets other work of the process, such as heartbeats, have its turn between groups. */
async function compareGroups(
  groups: readonly GroupSums[],
  request: CompareArgs,
): Promise<readonly (GroupComparison & { readonly group: GroupSums })[]> {
  const compared = [];
  for (const group of groups) {
    compared.push({ ...compareGroup(group, request), group });
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

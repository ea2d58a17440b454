import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator } from '../../activities/ports/evaluation.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { metricsOf, type BinaryMetric, type LabelKind } from '../../domain/metrics.js';
import type { PublishedPerformance } from '../../domain/monitoring.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { queryRow } from './connection.js';
import { measureMetrics, metricsWithoutRows } from './metrics/measure-metrics.js';
import type { MeasuredGroup } from './metrics/metrics-request.js';
import { measureStandardErrors } from './published-errors.js';
import { readParquet } from './sql-text.js';

interface PublishedFacts {
  readonly rows: number;
  readonly keys: number;
  readonly labelledRows: number;
  readonly badLabels: number;
  readonly badWeights: number;
  readonly badScores: number;
  readonly decided: number;
  readonly meanScore: number | null;
}

/** Joins what was published with what became known, by row key. */
export async function measurePublished(
  connection: DuckDBConnection,
  args: Parameters<Evaluator['measurePublished']>[0],
): Promise<PublishedPerformance> {
  await createMatured(connection, args);
  const labelKind = args.labelKind ?? 'binary';
  const facts = await countFacts(connection, labelKind);
  const { metrics, positives } = await measureMatured(connection, { labelKind, isWeighted: args.isWeighted });
  const share = (part: number, of: number) => (of === 0 ? null : part / of);
  return roundNumbers<PublishedPerformance>({
    rows: facts.rows,
    labelledRows: facts.labelledRows,
    coverage: share(facts.labelledRows, facts.rows),
    positives,
    positiveShare: share(positives, facts.labelledRows),
    decidedPositiveShare: share(facts.decided, facts.rows),
    meanScore: facts.meanScore,
    metrics,
    standardErrors: await measureStandardErrors(connection, metrics),
  });
}

/** An empty list is a window without rows, or one whose labels nobody knows yet. */
async function createMatured(
  connection: DuckDBConnection,
  { publishedPaths, labelledParts, isWeighted }: Parameters<Evaluator['measurePublished']>[0],
): Promise<void> {
  const published =
    publishedPaths.length === 0
      ? `SELECT NULL::VARCHAR AS row_key, NULL::FLOAT AS score, NULL::BOOLEAN AS decision WHERE false`
      : `SELECT row_key, score::FLOAT AS score, decision::BOOLEAN AS decision FROM ${readParquet(publishedPaths)}`;
  const labelled =
    labelledParts.length === 0
      ? `SELECT NULL::VARCHAR AS row_key, NULL::DOUBLE AS label, NULL::DOUBLE AS weight, NULL::DATE AS day WHERE false`
      : `SELECT row_key, max(label) AS label, ${isWeighted ? 'max(weight)::DOUBLE' : '1::DOUBLE'} AS weight,
           min(event_time)::DATE AS day
         FROM ${readParquet(labelledParts)} WHERE label IS NOT NULL GROUP BY row_key`;
  await connection.run(
    `CREATE TEMP TABLE matured AS SELECT p.row_key, p.score, p.decision, l.label, l.weight, l.day
     FROM (${published}) p LEFT JOIN (${labelled}) l USING (row_key)`,
  );
}

/** Decisions were made at thresholds that may differ between rows, so there are no metrics of them here. */
const MONITORED = [
  'auc',
  'averagePrecision',
  'ks',
  'logLoss',
  'brier',
  'ece',
  'calibrationSlope',
  'calibrationIntercept',
] as const satisfies readonly BinaryMetric[];

/**
 * The metrics that gates measure, of scores in bins: of a million rows that takes a seventh of the time of exact ranks
 * (50 against 360 ms; the join before it 220), and moves average precision by 1e-4, KS by 2e-5 and the others by less
 * than 1e-5. Scores that are no probabilities do not fit into the bins and are measured exactly.
 */
async function measureMatured(
  connection: DuckDBConnection,
  { labelKind, isWeighted }: { readonly labelKind: LabelKind; readonly isWeighted: boolean },
): Promise<MeasuredGroup> {
  const metrics = labelKind === 'binary' ? MONITORED : metricsOf('regression');
  const groups = await measureMetrics(connection, {
    relation: '(SELECT label, score, weight FROM matured WHERE label IS NOT NULL)',
    label: 'label',
    score: 'score',
    weight: isWeighted ? 'weight' : null,
    group: '0',
    metrics,
    threshold: null,
    topShare: 1,
    value: null,
    mayBin: true,
  });
  return groups.get(0) ?? { rows: 0, positives: 0, metrics: metricsWithoutRows(metrics) };
}

async function countFacts(connection: DuckDBConnection, labelKind: LabelKind): Promise<PublishedFacts> {
  const facts = await queryRow<PublishedFacts>(
    connection,
    `SELECT count(*) AS rows, count(DISTINCT row_key) AS keys, count(label) AS labelledRows,
       count(*) FILTER (NOT ${labelKind === 'binary' ? 'label IN (0, 1)' : 'isfinite(label)'}) AS badLabels,
       count(*) FILTER (label IS NOT NULL AND (weight IS NULL OR NOT isfinite(weight) OR weight < 0)) AS badWeights,
       count(*) FILTER (score IS NULL OR NOT isfinite(score)) AS badScores,
       count(*) FILTER (decision) AS decided, fsum(score::DOUBLE) / nullif(count(*), 0) AS meanScore
     FROM matured`,
  );
  const counted = (field: string, bad: number, expected: string) =>
    bad === 0 ? [] : [{ field, found: `${String(bad)} of ${String(facts.rows)} rows`, expected }];
  const problems = [
    ...counted('row_key', facts.rows - facts.keys, 'each row published once'),
    ...counted('label', facts.badLabels, labelKind === 'binary' ? 'labels 0 or 1' : 'finite labels'),
    ...counted('weight', facts.badWeights, 'finite weights of at least zero'),
    ...counted('score', facts.badScores, 'finite scores'),
  ];
  if (problems.length > 0) throw new PermanentFailure('BAD_DATA', 'published rows cannot be judged', { problems });
  return facts;
}

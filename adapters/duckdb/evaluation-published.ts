import type { DuckDBConnection } from '@duckdb/node-api';
import { metricIn } from '../../domain/gates/comparison.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PublishedPerformance } from '../../domain/monitoring.js';
import { aucStandardError } from '../../domain/statistics/auc-standard-error.js';
import { sumByBlocks } from '../../domain/statistics/block-sums.js';
import { computeMetrics } from '../../domain/statistics/block-metrics.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import { queryRow } from './connection.js';
import { readParquet } from './sql-text.js';

interface PublishedFacts {
  readonly rows: number;
  readonly keys: number;
  readonly labelledRows: number;
  readonly badLabels: number;
  readonly badScores: number;
  readonly decided: number;
  readonly meanScore: number | null;
}

/** Joins what was published with what became known, by row key. */
export async function measurePublished(
  connection: DuckDBConnection,
  args: { readonly publishedPaths: readonly string[]; readonly labelledParts: readonly string[] },
): Promise<PublishedPerformance> {
  await createMatured(connection, args);
  const facts = await countFacts(connection);
  const { labels, scores } = await readLabelled(connection, facts.labelledRows);
  const side = { scores, order: orderByScore(scores) };
  const [group] = sumByBlocks({
    rows: { labels, blocks: new Uint16Array(labels.length), blockCount: 1 },
    champion: side,
    challenger: side,
    grouping: { codes: new Int32Array(labels.length), count: 1 },
  });
  if (group === undefined) throw new Error('all rows together are one group');
  const metrics = computeMetrics(group, 'champion');
  const auc = metricIn(metrics, 'auc');
  const share = (part: number, of: number) => (of === 0 ? null : part / of);
  const negatives = group.rows - group.positiveRows;
  return roundNumbers<PublishedPerformance>({
    rows: facts.rows,
    labelledRows: facts.labelledRows,
    coverage: share(facts.labelledRows, facts.rows),
    positives: group.positiveRows,
    positiveShare: share(group.positiveRows, group.rows),
    decidedPositiveShare: share(facts.decided, facts.rows),
    meanScore: facts.meanScore,
    metrics,
    aucStandardError: auc.value === null ? null : aucStandardError(auc.value, group.positiveRows, negatives),
  });
}

/** An empty list is a window without rows, or one whose labels nobody knows yet. */
async function createMatured(
  connection: DuckDBConnection,
  { publishedPaths, labelledParts }: { publishedPaths: readonly string[]; labelledParts: readonly string[] },
): Promise<void> {
  const published =
    publishedPaths.length === 0
      ? `SELECT NULL::VARCHAR AS row_key, NULL::FLOAT AS score, NULL::BOOLEAN AS decision WHERE false`
      : `SELECT row_key, score::FLOAT AS score, decision::BOOLEAN AS decision FROM ${readParquet(publishedPaths)}`;
  const labelled =
    labelledParts.length === 0
      ? `SELECT NULL::VARCHAR AS row_key, NULL::DOUBLE AS label WHERE false`
      : `SELECT row_key, max(label) AS label FROM ${readParquet(labelledParts)} WHERE label IS NOT NULL GROUP BY row_key`;
  await connection.run(
    `CREATE TEMP TABLE matured AS SELECT p.row_key, p.score, p.decision, l.label
     FROM (${published}) p LEFT JOIN (${labelled}) l USING (row_key)`,
  );
}

async function countFacts(connection: DuckDBConnection): Promise<PublishedFacts> {
  const facts = await queryRow<PublishedFacts>(
    connection,
    `SELECT count(*) AS rows, count(DISTINCT row_key) AS keys, count(label) AS labelledRows,
       count(*) FILTER (label NOT IN (0, 1)) AS badLabels,
       count(*) FILTER (score IS NULL OR NOT isfinite(score)) AS badScores,
       count(*) FILTER (decision) AS decided, fsum(score::DOUBLE) / nullif(count(*), 0) AS meanScore
     FROM matured`,
  );
  const counted = (field: string, bad: number, expected: string) =>
    bad === 0 ? [] : [{ field, found: `${String(bad)} of ${String(facts.rows)} rows`, expected }];
  const problems = [
    ...counted('row_key', facts.rows - facts.keys, 'each row published once'),
    ...counted('label', facts.badLabels, 'labels 0 or 1'),
    ...counted('score', facts.badScores, 'finite scores'),
  ];
  if (problems.length > 0) throw new PermanentFailure('BAD_DATA', 'published rows cannot be judged', { problems });
  return facts;
}

async function readLabelled(
  connection: DuckDBConnection,
  count: number,
): Promise<{ labels: Uint8Array; scores: Float32Array }> {
  const result = await connection.runAndReadAll('SELECT label, score FROM matured WHERE label IS NOT NULL');
  const [labels = [], scores = []] = result.getColumns();
  if (labels.length !== count) throw new Error(`read ${String(labels.length)} of ${String(count)} labelled rows`);
  return { labels: Uint8Array.from(labels, Number), scores: Float32Array.from(scores, Number) };
}

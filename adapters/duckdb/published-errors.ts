import type { DuckDBConnection } from '@duckdb/node-api';
import { metricIn, type Metrics } from '../../domain/gates/comparison.js';
import type { PublishedPerformance, StandardError } from '../../domain/monitoring.js';
import { decayMetrics, type DecayMetric } from '../../domain/monitoring/decay-policy.js';
import { aucStandardError } from '../../domain/statistics/auc-standard-error.js';
import { LOG_LOSS_CLIP } from '../../domain/statistics/score-pass.js';
import { queryRow } from './connection.js';

/** A metric as one weighted sum over another; the root of their ratio is the RMSE, one less the ratio is R². */
interface RatioTerms {
  readonly above: string;
  readonly below: string;
}

/** Standard errors of what was measured of the table `matured`, for the metrics that decay is judged by. */
export async function measureStandardErrors(
  connection: DuckDBConnection,
  metrics: Metrics,
): Promise<PublishedPerformance['standardErrors']> {
  const found: [DecayMetric, StandardError][] = [];
  for (const metric of decayMetrics) {
    const { value } = metricIn(metrics, metric);
    if (value === null) continue;
    const error = metric === 'auc' ? await aucError(connection, value) : await ratioError(connection, metric, value);
    if (error !== null) found.push([metric, error]);
  }
  return Object.fromEntries(found);
}

/**
 * Weighted rows say as much as (sum of weights)² / sum of squared weights rows of one weight do (Kish 1965), counted in
 * each class; without weights these are the rows.
 */
async function aucError(connection: DuckDBConnection, auc: number): Promise<StandardError | null> {
  const count = (label: number) => `fsum(weight) FILTER (label = ${String(label)}) ^ 2
    / fsum(weight * weight) FILTER (label = ${String(label)})`;
  const { positives, negatives, rows } = await queryRow<Record<'positives' | 'negatives' | 'rows', number>>(
    connection,
    `SELECT ${count(1)} AS positives, ${count(0)} AS negatives, count(*) AS rows FROM matured
     WHERE label IS NOT NULL AND weight > 0`,
  );
  return { value: aucStandardError(auc, positives, negatives), of: 'row', count: rows };
}

/**
 * By linearisation: a ratio A / B moves with each row's a - (A / B) b, so its variance is the sum of their squares over B²;
 * the delta method carries it to the root of the ratio. Rows of a day share what the day was like, so where the window
 * has several days the sums of days are squared instead of those of rows.
 */
async function ratioError(
  connection: DuckDBConnection,
  metric: Exclude<DecayMetric, 'auc'>,
  value: number,
): Promise<StandardError | null> {
  const { above, below } = termsOf(metric);
  const { days, rows, byDays, byRows, total } = await queryRow<RatioSpread>(
    connection,
    `WITH judged AS (SELECT day, weight AS w, label AS y, score::DOUBLE AS f FROM matured
         WHERE label IS NOT NULL AND weight > 0),
       centre AS (SELECT fsum(w * y) / fsum(w) AS mean FROM judged),
       terms AS (SELECT day, w * (${above}) AS a, w * (${below}) AS b FROM judged, centre),
       ratio AS (SELECT fsum(a) / fsum(b) AS r, fsum(b) AS total FROM terms),
       moved AS (SELECT day, a - r * b AS z, total FROM terms, ratio),
       days AS (SELECT fsum(z) AS z FROM moved GROUP BY day)
     SELECT (SELECT count(*) FROM days) AS days, (SELECT fsum(z * z) FROM days) AS "byDays",
       count(*) AS rows, fsum(z * z) AS "byRows", max(total) AS total FROM moved`,
  );
  const of = days > 1 ? 'day' : 'row';
  const [count, squares] = of === 'day' ? [days, byDays] : [rows, byRows];
  if (count < 2) return null;
  const error = Math.sqrt((squares * count) / (count - 1)) / total;
  if (metric !== 'rmse') return { value: error, of, count };
  // The root has no slope at 0: there every row was predicted exactly.
  return { value: value === 0 ? 0 : error / (2 * value), of, count };
}

interface RatioSpread {
  readonly days: number;
  readonly rows: number;
  readonly byDays: number;
  readonly byRows: number;
  readonly total: number;
}

/** In the columns label `y`, prediction `f` and `mean`, the weighted mean of the labels. */
function termsOf(metric: Exclude<DecayMetric, 'auc'>): RatioTerms {
  switch (metric) {
    case 'logLoss':
      // Sure of what they say, scores of 0 and 1 are clipped as the metric clips them.
      return { above: `-ln(greatest(CASE WHEN y = 1 THEN f ELSE 1 - f END, ${String(LOG_LOSS_CLIP)}))`, below: '1' };
    case 'brier':
    case 'rmse':
      return { above: '(f - y) * (f - y)', below: '1' };
    case 'mae':
      return { above: 'abs(f - y)', below: '1' };
    case 'wape':
      return { above: 'abs(f - y)', below: 'abs(y)' };
    case 'r2':
      return { above: '(f - y) * (f - y)', below: '(y - mean) * (y - mean)' };
  }
}

import type { DuckDBConnection } from '@duckdb/node-api';
import type { MetricValue } from '../../../domain/gates/comparison.js';
import type { RegressionMetric } from '../../../domain/metrics.js';
import { queryRow, queryRows } from '../connection.js';
import { exponentAbove, fineSum, powerOfTwo } from './fixed-point.js';
import { measured, NO_WEIGHT, undefinedFor, type MeasuredGroups, type MetricsRequest } from './metrics-request.js';

/** Sums of a group, with labels and predictions in units of `2^scale`. */
interface RegressionSums {
  readonly code: number;
  readonly rows: number;
  readonly positives: number;
  readonly weight: number;
  readonly errors: number;
  readonly absoluteErrors: number;
  readonly squaredErrors: number;
  readonly absoluteLabels: number;
  /** Squared distances of the labels from their mean. */
  readonly spread: number;
  readonly lowest: number | null;
  readonly highest: number | null;
}

/**
 * Metrics of predictions of a number. Everything is scaled by powers of two to at most 1, which changes no digit, and
 * summed as whole numbers. The spread of the labels is taken around their mean, so labels far from 0 lose nothing.
 */
export async function measureRegression(
  connection: DuckDBConnection,
  request: MetricsRequest<RegressionMetric>,
): Promise<MeasuredGroups> {
  const { relation, label, score, weight } = request;
  const largest = await queryRow<{ readonly size: number | null; readonly weight: number | null }>(
    connection,
    `SELECT max(greatest(abs((${label})::DOUBLE), abs((${score})::DOUBLE))) AS size, max((${weight ?? '1'})::DOUBLE) AS weight
     FROM ${relation}`,
  );
  const scale = exponentAbove(largest.size ?? 0);
  const weightScale = exponentAbove(largest.weight ?? 0);
  const groups = await queryRows<RegressionSums>(connection, sumsSql(request, scale, weightScale));
  return new Map(
    groups.map((sums) => {
      const metrics = request.metrics.map((name) => [name, describeMetric(name, sums, 2 ** scale)] as const);
      const { rows, positives } = sums;
      return [sums.code, { rows, positives, metrics: Object.fromEntries(metrics) }];
    }),
  );
}

function sumsSql(
  { relation, label, score, weight, group }: MetricsRequest,
  scale: number,
  weightScale: number,
): string {
  const scaled = (value: string) => `(${value})::DOUBLE * ${powerOfTwo(-scale)}`;
  return `WITH scaled AS (
      SELECT (${group})::INTEGER AS code, ${scaled(label)} AS y, ${scaled(score)} AS f,
        ${weight === null ? '0.5::DOUBLE' : `(${weight})::DOUBLE * ${powerOfTwo(-weightScale)}`} AS w FROM ${relation}
    ), means AS (
      SELECT code, ${fineSum('w * y')} / nullif(${fineSum('w')}, 0) AS mean FROM scaled GROUP BY code
    )
    SELECT code, count(*) AS rows, count(*) FILTER (y > 0) AS positives, ${fineSum('w')} AS weight,
      ${fineSum('w * (f - y)')} AS errors, ${fineSum('w * abs(f - y)')} AS "absoluteErrors",
      ${fineSum('w * (f - y) * (f - y)')} AS "squaredErrors", ${fineSum('w * abs(y)')} AS "absoluteLabels",
      ${fineSum('w * (y - mean) * (y - mean)')} AS spread,
      min(y) FILTER (w > 0) AS lowest, max(y) FILTER (w > 0) AS highest
    FROM scaled JOIN means USING (code) GROUP BY code ORDER BY code`;
}

function describeMetric(name: RegressionMetric, sums: RegressionSums, unit: number): MetricValue {
  const { weight } = sums;
  if (weight === 0) return undefinedFor(NO_WEIGHT);
  switch (name) {
    case 'mae':
      return measured((sums.absoluteErrors / weight) * unit);
    case 'rmse':
      return measured(Math.sqrt(sums.squaredErrors / weight) * unit);
    case 'bias':
      return measured((sums.errors / weight) * unit);
    case 'r2':
      if (sums.lowest === sums.highest || sums.spread === 0) return undefinedFor('all labels are the same');
      return measured(1 - sums.squaredErrors / sums.spread);
    case 'wape':
      if (sums.absoluteLabels === 0) return undefinedFor('all labels are zero');
      return measured(sums.absoluteErrors / sums.absoluteLabels);
  }
}

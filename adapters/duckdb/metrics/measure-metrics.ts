import type { DuckDBConnection } from '@duckdb/node-api';
import { metricTraits, type MetricName } from '../../../domain/metrics.js';
import type { Metrics } from '../../../domain/gates/comparison.js';
import { measureBinary } from './binary-metrics.js';
import { NO_ROWS, undefinedFor, type MeasuredGroups, type MetricsRequest } from './metrics-request.js';
import { measureRegression } from './regression-metrics.js';

/**
 * Exact metrics of one side for every group of a relation, in SQL: one pass over the rows, and a few over their distinct
 * scores. Neither the order of the rows nor the number of threads changes a digit. The relation's rows are to be checked
 * before. Metrics of the other kind of label than the first one's are left out.
 */
export function measureMetrics(connection: DuckDBConnection, request: MetricsRequest): Promise<MeasuredGroups> {
  const [first] = request.metrics;
  if (first === undefined) throw new Error('there is no metric to measure');
  return metricTraits[first].kind === 'binary'
    ? measureBinary(connection, request)
    : measureRegression(connection, request);
}

/** The metrics of a group that has no rows. */
export function metricsWithoutRows(metrics: readonly MetricName[]): Metrics {
  return Object.fromEntries(metrics.map((metric) => [metric, undefinedFor(NO_ROWS)]));
}

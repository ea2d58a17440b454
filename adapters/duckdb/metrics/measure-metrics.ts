import type { DuckDBConnection } from '@duckdb/node-api';
import { metricTraits, type BinaryMetric, type MetricName, type RegressionMetric } from '../../../domain/metrics.js';
import type { Metrics } from '../../../domain/gates/comparison.js';
import { measureBinary } from './binary-metrics.js';
import { NO_ROWS, undefinedFor, type MeasuredGroups, type MetricsRequest } from './metrics-request.js';
import { measureRegression } from './regression-metrics.js';

/**
 * Exact metrics of one side for every group of a relation, in SQL: one pass over the rows, and a few over their distinct
 * scores. Neither the order of the rows nor the number of threads changes a digit.
 * The relation's rows are to be checked before, and all metrics be of one kind of label.
 */
export function measureMetrics(connection: DuckDBConnection, request: MetricsRequest): Promise<MeasuredGroups> {
  const { metrics } = request;
  if (metrics.length === 0) throw new Error('there is no metric to measure');
  if (metrics.every(isBinary)) return measureBinary(connection, { ...request, metrics });
  if (metrics.every(isRegression)) return measureRegression(connection, { ...request, metrics });
  throw new Error(`${metrics.join(', ')} are of different kinds of labels`);
}

function isBinary(name: MetricName): name is BinaryMetric {
  return metricTraits[name].kind === 'binary';
}

function isRegression(name: MetricName): name is RegressionMetric {
  return metricTraits[name].kind === 'regression';
}

/** The metrics of a group that has no rows. */
export function metricsWithoutRows(metrics: readonly MetricName[]): Metrics {
  return Object.fromEntries(metrics.map((metric) => [metric, undefinedFor(NO_ROWS)]));
}

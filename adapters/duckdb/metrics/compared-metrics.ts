import type { DuckDBConnection } from '@duckdb/node-api';
import type { SidePoints } from '../../../domain/gates/compare-scores.js';
import type { ComparisonRequest } from '../../../domain/gates/comparison.js';
import { metricsOf, type MetricName } from '../../../domain/metrics.js';
import { measureMetrics, metricsWithoutRows } from './measure-metrics.js';
import type { MeasuredGroups, MetricsRequest } from './metrics-request.js';

/** Metrics of both sides as measured row by row: over all rows, by fold, and by the values of each slice column. */
export interface ComparedPoints {
  readonly pooled: SidePoints;
  readonly folds: readonly SidePoints[];
  /** By slice column, then by value in the order of its dictionary. */
  readonly slices: readonly (readonly SidePoints[])[];
}

/** The metrics of a kind of label; value per decision only where the pipeline says what decisions bring. */
export function comparedMetrics({ labelKind, value }: Pick<ComparisonRequest, 'labelKind' | 'value'>): MetricName[] {
  return metricsOf(labelKind).filter((metric) => metric !== 'value' || value !== null);
}

/** Asks the table `compared`, and a slice's `dictionary_<index>`: one measurement for each grouping and side. */
export async function measureCompared(
  connection: DuckDBConnection,
  request: ComparisonRequest,
  rows: { readonly isWeighted: boolean; readonly slices: readonly { readonly values: readonly unknown[] }[] },
): Promise<ComparedPoints> {
  const measure = (grouping: Pick<MetricsRequest, 'relation' | 'group'>, count: number) =>
    measureSides(connection, request, { ...grouping, weight: rows.isWeighted ? 'weight' : null }, count);
  const [pooled] = await measure({ relation: 'compared', group: '0' }, 1);
  if (pooled === undefined) throw new Error('all rows together are one group');
  const folds = await measure({ relation: 'compared', group: 'fold_index' }, request.folds.length);
  const slices = [];
  for (const [index, { values }] of rows.slices.entries()) {
    const dictionary = `dictionary_${String(index)}`;
    const relation = `(SELECT label, weight, champion, challenger, code FROM compared
      JOIN ${dictionary} ON compared.slice_${String(index)} IS NOT DISTINCT FROM ${dictionary}.value)`;
    slices.push(await measure({ relation, group: 'code' }, values.length));
  }
  return { pooled, folds, slices };
}

async function measureSides(
  connection: DuckDBConnection,
  { champion, challenger, topShare, value, ...request }: ComparisonRequest,
  grouping: Pick<MetricsRequest, 'relation' | 'group' | 'weight'>,
  count: number,
): Promise<readonly SidePoints[]> {
  const metrics = comparedMetrics({ ...request, value });
  const measure = (score: 'champion' | 'challenger', threshold: number | null) =>
    measureMetrics(connection, { ...grouping, label: 'label', score, metrics, threshold, topShare, value });
  const sides = {
    champion: await measure('champion', champion.decisionThreshold),
    challenger: await measure('challenger', challenger.decisionThreshold),
  };
  const pointsOf = (groups: MeasuredGroups, code: number) => groups.get(code)?.metrics ?? metricsWithoutRows(metrics);
  return Array.from({ length: count }, (_, code) => ({
    champion: pointsOf(sides.champion, code),
    challenger: pointsOf(sides.challenger, code),
  }));
}

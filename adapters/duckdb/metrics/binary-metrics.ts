import type { DuckDBConnection } from '@duckdb/node-api';
import type { BinaryMetric, MetricName } from '../../../domain/metrics.js';
import { CALIBRATION_BINS } from '../../../domain/statistics/calibration-pass.js';
import { queryRows } from '../connection.js';
import { fitCalibration, type CalibrationFit } from './calibration-fit.js';
import { describeBinary, type BinarySums } from './binary-values.js';
import { fractionOf, unitsOf } from './fixed-point.js';
import type { MeasuredGroups, MetricsRequest } from './metrics-request.js';
import { createTieTables, type TieTables } from './tie-table.js';

/** Metrics of scores for labels 0 or 1. */
export async function measureBinary(
  connection: DuckDBConnection,
  request: MetricsRequest<BinaryMetric>,
): Promise<MeasuredGroups> {
  const tables = await createTieTables(connection, request);
  const groups = await queryRows<BinarySums>(connection, sumsSql(tables, request));
  const asksFit = request.metrics.some((name) => name.startsWith('calibration'));
  const fits = asksFit ? await fitCalibration(connection, tables) : new Map<number, CalibrationFit>();
  return new Map(groups.map((sums) => [sums.code, describeBinary(sums, fits.get(sums.code), request)]));
}

/**
 * One pass over the distinct scores in ascending order. What belongs to a calibration bin is summed by bin first; the
 * other sums of bins only have to be added.
 */
function sumsSql({ ties, groups }: TieTables, { metrics, threshold, topShare }: MetricsRequest): string {
  const asked = new Set<MetricName>(metrics.map((name) => (name === 'liftAtTop' ? 'recallAtTop' : name)));
  const terms = Object.entries(unitTerms(topShare)).filter(([name]) => asked.has(name as MetricName));
  const isDecided = threshold === null ? 'false' : `score >= '${String(threshold)}'::DOUBLE`;
  return `WITH placed AS (
      SELECT code, t.score::DOUBLE AS score, t.ones AS one_units, t.tied AS tied_units,
        t.ones_to - g.ones_before AS ones_to, t.all_to - g.total_before AS all_to, g.ones AS all_ones, g.total
      FROM ${ties} t JOIN ${groups} g USING (code)
    ), ranked AS (
      SELECT code, score, least(greatest(score, 0), 1) AS p, one_units, tied_units,
        one_units::DOUBLE AS ones, (tied_units - one_units)::DOUBLE AS zeros, tied_units::DOUBLE AS tied,
        ones_to::DOUBLE AS ones_to, (all_to - ones_to)::DOUBLE AS zeros_to,
        (all_ones - ones_to + one_units)::DOUBLE AS ones_from, (total - all_to + tied_units)::DOUBLE AS from_here,
        (all_to - ones_to - tied_units + one_units)::DOUBLE AS zeros_below, (all_to - tied_units)::DOUBLE AS below,
        (total - all_to)::DOUBLE AS above, nullif(all_ones, 0)::DOUBLE AS all_ones,
        nullif(total - all_ones, 0)::DOUBLE AS all_zeros, total::DOUBLE AS total
      FROM placed
    ), binned AS (
      SELECT code, ${asked.has('ece') ? BIN : '0'} AS bin,
        sum(CASE WHEN ${isDecided} THEN one_units ELSE 0 END) AS ones_decided,
        sum(CASE WHEN ${isDecided} THEN tied_units - one_units ELSE 0 END) AS zeros_decided,
        ${terms.map(([name, term]) => `${unitsOf(term)} AS "${name}",`).join('\n        ')}
        max(abs(ones_to / all_ones - zeros_to / all_zeros)) AS ks
      FROM ranked GROUP BY code, bin
    ), summed AS (
      SELECT code, sum(ones_decided)::DOUBLE AS "onesDecided", sum(zeros_decided)::DOUBLE AS "zerosDecided",
        ${terms.map(([name]) => `${addBins(name)} AS "${name}",`).join('\n        ')} max(ks) AS ks
      FROM binned GROUP BY code
    )
    SELECT g.code, row_count AS rows, one_count AS positives, outside, g.ones::DOUBLE AS ones,
      (g.total - g.ones)::DOUBLE AS zeros, g.log_loss::DOUBLE / nullif(g.losses_of, 0) AS "logLoss",
      g.brier::DOUBLE / nullif(g.losses_of, 0) AS brier, summed.* EXCLUDE (code)
    FROM ${groups} g LEFT JOIN summed USING (code) ORDER BY g.code`;
}

/** The same arithmetic as the statistics of the domain, so that both put a tie into the same bin. */
const BIN = `least(${String(CALIBRATION_BINS - 1)},
  floor((below + tied / 2) / total * ${String(CALIBRATION_BINS)}))::INTEGER`;

/**
 * What each distinct score adds to a metric, as a fraction of its group. The top of the list is exactly its share of the
 * weight: of a tie that straddles the cut it holds a part, and of its positives the same part, which is what is expected
 * when rows of equal score are put in any order.
 */
function unitTerms(topShare: number): Partial<Record<BinaryMetric, string>> {
  return {
    auc: 'ones / all_ones * ((zeros_below + zeros / 2) / all_zeros)',
    averagePrecision: 'ones / all_ones * (ones_from / from_here)',
    ece: '(ones - tied * p) / total',
    recallAtTop: `ones / all_ones * least(1, greatest(0, (${String(topShare)} * total - above) / tied))`,
  };
}

function addBins(name: string): string {
  return fractionOf(name === 'ece' ? 'sum(abs(ece))' : `sum("${name}")`);
}

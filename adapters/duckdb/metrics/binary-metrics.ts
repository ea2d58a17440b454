import type { DuckDBConnection } from '@duckdb/node-api';
import type { BinaryMetric } from '../../../domain/metrics.js';
import { binRows } from './binned-rows.js';
import { describeBinary } from './binary-values.js';
import { fitCalibration } from './calibration-fit.js';
import type { MeasuredGroups, MetricsRequest } from './metrics-request.js';
import { countRows, forEachTie, queryTotals } from './ordered-rows.js';
import { addTie, finishRankSums, startRankSums } from './rank-sums.js';

/**
 * Metrics of scores for labels 0 or 1. The engine counts and sorts the rows and takes the last step of a recalibration;
 * one pass over the sorted columns adds up the rest. Window functions, with which the engine could do that as well, run
 * on one thread and take three times as long.
 */
export async function measureBinary(
  connection: DuckDBConnection,
  request: MetricsRequest<BinaryMetric>,
): Promise<MeasuredGroups> {
  const counted = await countRows(connection, request);
  const totals = await queryTotals(connection, counted);
  const isBinned = request.mayBin === true && totals.every(({ outside }) => outside === 0);
  const rows = isBinned ? await binRows(connection, counted) : counted;
  const asksFit = request.metrics.some((name) => name.startsWith('calibration'));
  const sums = new Map(totals.map((group) => [group.code, startRankSums(group, asksFit)]));
  await forEachTie(connection, rows, totals, (tie) => {
    addTie(sums.get(tie.code) ?? noGroup(), tie, request);
  });
  const fits = await fitCalibration(connection, rows, [...sums.values()]);
  return new Map([...sums].map(([code, of]) => [code, describeBinary(finishRankSums(of), fits.get(code), request)]));
}

function noGroup(): never {
  throw new Error('a row is of a group that was not counted');
}

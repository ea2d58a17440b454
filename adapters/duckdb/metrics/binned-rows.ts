import type { DuckDBConnection } from '@duckdb/node-api';
import { fractionOf, unitsOf } from './fixed-point.js';
import type { CountedRows } from './ordered-rows.js';

const BINS = 4096;

/**
 * The rows of a measurement whose scores are in 0..1, with each score replaced by the mean of its bin: at most 8,192 rows
 * for a group of any size, and no sort. A score moves by less than 1/4096. AUC moves by at most half the share of pairs
 * of a positive and a negative that have one bin; what has a bin of its own is not moved at all.
 */
export async function binRows(connection: DuckDBConnection, { sql }: CountedRows): Promise<CountedRows> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE metric_bins AS
     SELECT code, score, unnest([true, false]) AS is_one, unnest([ones, total - ones]) AS units
     FROM (
       SELECT code, ${fractionOf(unitsOf('score::DOUBLE'))} / count(*) AS score,
         coalesce(sum(units) FILTER (is_one), 0) AS ones, sum(units) AS total
       FROM (${sql}) GROUP BY code, least(${String(BINS - 1)}, floor(score::DOUBLE * ${String(BINS)}))::INTEGER
     )`,
  );
  return { sql: 'SELECT code, score, is_one, units FROM metric_bins', isWeighted: true };
}

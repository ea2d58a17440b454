import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../connection.js';
import { exponentAbove, powerOfTwo } from './fixed-point.js';
import type { MetricsRequest } from './metrics-request.js';

/** Binary places of the largest weight: weights are whole numbers of 2^-53 of it, and their sums exact. */
const WEIGHT_PLACES = 53;

/** Tables of one measurement: rows of equal score as one, and what a group is as a whole. */
export interface TieTables {
  readonly ties: string;
  readonly groups: string;
}

type Rows = Pick<MetricsRequest, 'relation' | 'label' | 'score' | 'weight' | 'group'>;

/**
 * Every binary metric is a function of how much weight each class has at each score: `ties` holds that by group and
 * ascending score. Counts are whole numbers in a DOUBLE, which adds them fastest and exactly up to 2^53; weights are whole
 * numbers in a HUGEINT. `groups` holds the totals of each group and of all groups before it.
 */
export async function createTieTables(connection: DuckDBConnection, request: Rows): Promise<TieTables> {
  const tables = { ties: 'metric_ties', groups: 'metric_groups' };
  const { relation, label, score, group } = request;
  const units = await weightUnits(connection, request);
  const amount = (isOne: string) => (units === null ? isOne : `CASE WHEN ${isOne} = 1 THEN units ELSE 0 END`);
  const rows = `SELECT (${group})::INTEGER AS code, (${score}) AS score, (${label})::DOUBLE AS label
    ${units === null ? '' : `, ${units} AS units`} FROM ${relation}`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${tables.ties} AS
     SELECT code, score, sum(${amount('label')}) AS ones, sum(${amount('(1 - label)')}) AS zeros
     FROM (${rows}) ${units === null ? '' : 'WHERE units > 0'} GROUP BY code, score ORDER BY code, score`,
  );
  await connection.run(groupsSql(tables, rows, units !== null));
  return tables;
}

/** Weights as whole numbers; null where every row counts once. Scaling by a power of two changes no metric. */
async function weightUnits(connection: DuckDBConnection, { relation, weight }: Rows): Promise<string | null> {
  if (weight === null) return null;
  const { largest } = await queryRow<{ largest: number | null }>(
    connection,
    `SELECT max((${weight})::DOUBLE) AS largest FROM ${relation}`,
  );
  return `round((${weight})::DOUBLE * ${powerOfTwo(WEIGHT_PLACES - exponentAbove(largest ?? 0))})::HUGEINT`;
}

function groupsSql({ ties, groups }: TieTables, rows: string, isWeighted: boolean): string {
  // The extremes of each class, of rows that count.
  const extreme = (which: 'min' | 'max', side: 'ones' | 'zeros') => `${which}(score) FILTER (${side} > 0)::DOUBLE`;
  return `CREATE OR REPLACE TEMP TABLE ${groups} AS
    WITH sums AS (
      SELECT code, sum(ones) AS ones, sum(zeros) AS zeros,
        ${extreme('min', 'ones')} AS lowest_one, ${extreme('max', 'ones')} AS highest_one,
        ${extreme('min', 'zeros')} AS lowest_zero, ${extreme('max', 'zeros')} AS highest_zero
      FROM ${ties} GROUP BY code
    ), counts AS (
      ${isWeighted ? countRows(rows) : countTies(ties)}
    )
    SELECT counts.*, coalesce(ones, 0) AS ones, coalesce(zeros, 0) AS zeros,
      coalesce(sum(ones) OVER before, 0) AS ones_before, coalesce(sum(zeros) OVER before, 0) AS zeros_before,
      lowest_one, highest_one, lowest_zero, highest_zero
    FROM counts LEFT JOIN sums USING (code)
    WINDOW before AS (ORDER BY code ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
}

function countTies(ties: string): string {
  return `SELECT code, sum(ones + zeros) AS row_count, sum(ones) AS one_count,
    coalesce(sum(ones + zeros) FILTER (score < 0 OR score > 1), 0) AS outside FROM ${ties} GROUP BY code`;
}

function countRows(rows: string): string {
  return `SELECT code, count(*)::DOUBLE AS row_count, sum(label) AS one_count,
    count(*) FILTER (score < 0 OR score > 1)::DOUBLE AS outside FROM (${rows}) GROUP BY code`;
}

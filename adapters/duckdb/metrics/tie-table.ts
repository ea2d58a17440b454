import type { DuckDBConnection } from '@duckdb/node-api';
import { LOG_LOSS_CLIP } from '../../../domain/statistics/score-pass.js';
import { queryRow } from '../connection.js';
import { exponentAbove, powerOfTwo, unitsOf } from './fixed-point.js';
import type { MetricsRequest } from './metrics-request.js';

/** Binary places of the largest weight: weights are whole numbers of 2^-53 of it, and their sums exact. */
const WEIGHT_PLACES = 53;

/** Tables of one measurement: rows of equal score as one, and what a group is as a whole. */
export interface TieTables {
  readonly ties: string;
  readonly groups: string;
}

type Source = Pick<MetricsRequest, 'relation' | 'label' | 'score' | 'weight' | 'group'>;

/** How rows are counted: each once, or by a weight that is a whole number called `units`. */
interface Counting {
  readonly units: string | null;
  /** SQL of a row's weight as a whole number, and as a fraction of at most 1. */
  readonly whole: string;
  readonly fraction: string;
}

/**
 * How much weight each class has at each score says everything about ranks: `ties` holds that by group and ascending
 * score, with the weights up to there. `groups` holds what a group is as a whole: counts, losses and extremes. Sorting
 * rows and looking at their neighbours costs a third of grouping them by score where most scores are distinct.
 */
export async function createTieTables(connection: DuckDBConnection, source: Source): Promise<TieTables> {
  const tables = { ties: 'metric_ties', groups: 'metric_groups' };
  const counting = await countingOf(connection, source);
  const rows = rowsSql(source, counting);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE metric_rows AS
     SELECT code, score, is_one ${counting.units === null ? '' : ', units'} FROM (${rows})
     ${counting.units === null ? '' : 'WHERE units > 0'} ORDER BY code, score`,
  );
  await connection.run(tiesSql(tables, counting));
  await connection.run('DROP TABLE metric_rows');
  await connection.run(groupsSql(tables, rows, counting));
  return tables;
}

/** Scaling weights by a power of two changes no metric. */
async function countingOf(connection: DuckDBConnection, { relation, weight }: Source): Promise<Counting> {
  if (weight === null) return { units: null, whole: '1', fraction: '1' };
  const { largest } = await queryRow<{ largest: number | null }>(
    connection,
    `SELECT max((${weight})::DOUBLE) AS largest FROM ${relation}`,
  );
  return {
    units: `round((${weight})::DOUBLE * ${powerOfTwo(WEIGHT_PLACES - exponentAbove(largest ?? 0))})::HUGEINT`,
    whole: 'units',
    fraction: `(units::DOUBLE * ${powerOfTwo(-WEIGHT_PLACES)})`,
  };
}

function rowsSql({ relation, label, score, group }: Source, { units }: Counting): string {
  // Adding 0 turns -0 into 0.
  return `SELECT (${group})::INTEGER AS code, (${score}) + 0 AS score, (${label}) = 1 AS is_one
    ${units === null ? '' : `, ${units} AS units`} FROM ${relation}`;
}

/** Windows without an order go through the rows as they lie in the table, which is sorted. */
function tiesSql({ ties }: TieTables, { units }: Counting): string {
  const type = units === null ? 'BIGINT' : 'HUGEINT';
  const ones = units === null ? 'sum(is_one::INTEGER)' : 'sum(CASE WHEN is_one THEN units ELSE 0 END)';
  const all = units === null ? 'row_number() OVER ()' : 'sum(units) OVER (ROWS UNBOUNDED PRECEDING)';
  return `CREATE OR REPLACE TEMP TABLE ${ties} AS
    SELECT code, score, ones_to, all_to, ones_to - lag(ones_to, 1, 0::${type}) OVER () AS ones,
      all_to - lag(all_to, 1, 0::${type}) OVER () AS tied
    FROM (
      SELECT code, score, (${ones} OVER (ROWS UNBOUNDED PRECEDING))::${type} AS ones_to, (${all})::${type} AS all_to,
        lead(score) OVER () AS next_score, lead(code) OVER () AS next_code
      FROM metric_rows
    ) WHERE next_score IS DISTINCT FROM score OR next_code IS DISTINCT FROM code`;
}

function groupsSql({ groups }: TieTables, rows: string, { whole, fraction }: Counting): string {
  // The extremes of each class, of rows that count.
  const extreme = (which: 'min' | 'max', isOne: string) => `${which}(score) FILTER (${isOne} AND ${whole} > 0)::DOUBLE`;
  return `CREATE OR REPLACE TEMP TABLE ${groups} AS
    WITH judged AS (
      SELECT *, CASE WHEN is_one THEN p ELSE 1 - p END AS promised
      FROM (SELECT *, least(greatest(score::DOUBLE, 0), 1) AS p FROM (${rows}))
    ), sums AS (
      SELECT code, count(*) AS row_count, count(*) FILTER (is_one) AS one_count,
        count(*) FILTER (score < 0 OR score > 1) AS outside,
        coalesce(sum(CASE WHEN is_one THEN ${whole} ELSE 0 END), 0) AS ones, coalesce(sum(${whole}), 0) AS total,
        ${unitsOf(`${fraction} * -ln(${inside('promised')})`)} AS log_loss,
        ${unitsOf(`${fraction} * ((1 - promised) * (1 - promised))`)} AS brier, ${unitsOf(fraction)} AS losses_of,
        ${extreme('min', 'is_one')} AS lowest_one, ${extreme('max', 'is_one')} AS highest_one,
        ${extreme('min', 'NOT is_one')} AS lowest_zero, ${extreme('max', 'NOT is_one')} AS highest_zero
      FROM judged GROUP BY code
    )
    SELECT *, coalesce(sum(ones) OVER before, 0) AS ones_before, coalesce(sum(total) OVER before, 0) AS total_before
    FROM sums WINDOW before AS (ORDER BY code ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
}

/** A share held away from 0 and 1, where its logarithm is infinite. */
export function inside(share: string): string {
  return `least(greatest(${share}, ${String(LOG_LOSS_CLIP)}), ${String(1 - LOG_LOSS_CLIP)})`;
}

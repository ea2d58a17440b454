import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow, queryRows } from '../connection.js';
import { addUnits, exactSum, partsSql, type ExactSum } from './exact-sum.js';
import { exponentAbove, powerOfTwo } from './fixed-point.js';
import type { MetricsRequest } from './metrics-request.js';

/** Binary places of the largest weight: weights are whole numbers of 2^-53 of it, and their sums exact. */
const WEIGHT_PLACES = 53;

type Source = Pick<MetricsRequest, 'relation' | 'label' | 'score' | 'weight' | 'group'>;

/** A query for the rows of a measurement: `code`, `score`, `is_one`, and `units`, the weight as a whole number. */
export interface CountedRows {
  readonly sql: string;
  readonly isWeighted: boolean;
}

/** What a group is as a whole; the weights of both classes are in the units of its rows. */
export interface GroupTotals {
  readonly code: number;
  readonly rows: number;
  readonly positives: number;
  /** Scores below 0 or above 1. */
  readonly outside: number;
  readonly ones: ExactSum;
  readonly zeros: ExactSum;
}

/** The rows of a group that have one score: how much weight each class has there. */
export interface Tie {
  code: number;
  score: number;
  readonly ones: ExactSum;
  readonly zeros: ExactSum;
}

/** Scaling weights by a power of two changes no metric. */
export async function countRows(
  connection: DuckDBConnection,
  { relation, label, score, weight, group }: Source,
): Promise<CountedRows> {
  // Adding 0 turns -0 into 0.
  const columns = `(${group})::INTEGER AS code, (${score}) + 0 AS score, (${label}) = 1 AS is_one`;
  if (weight === null) return { sql: `SELECT ${columns}, 1::BIGINT AS units FROM ${relation}`, isWeighted: false };
  const { largest } = await queryRow<{ largest: number | null }>(
    connection,
    `SELECT max((${weight})::DOUBLE) AS largest FROM ${relation}`,
  );
  const scale = powerOfTwo(WEIGHT_PLACES - exponentAbove(largest ?? 0));
  const units = `round((${weight})::DOUBLE * ${scale})::BIGINT AS units`;
  return { sql: `SELECT ${columns}, ${units} FROM ${relation}`, isWeighted: true };
}

type Part = `${'ones' | 'zeros'}${'High' | 'Low'}`;

export async function queryTotals(connection: DuckDBConnection, { sql }: CountedRows): Promise<readonly GroupTotals[]> {
  const groups = await queryRows<Omit<GroupTotals, 'ones' | 'zeros'> & Record<Part, number>>(
    connection,
    `SELECT code, rows, positives, outside, ${partsSql('ones', 'ones')}, ${partsSql('total - ones', 'zeros')}
     FROM (
       SELECT code, count(*) AS rows, count(*) FILTER (is_one) AS positives,
         count(*) FILTER (score < 0 OR score > 1) AS outside,
         coalesce(sum(units) FILTER (is_one), 0) AS ones, sum(units) AS total
       FROM (${sql}) GROUP BY code
     ) ORDER BY code`,
  );
  return groups.map(({ code, rows, positives, outside, ...parts }) => ({
    ...{ code, rows, positives, outside },
    ones: { high: parts.onesHigh, low: parts.onesLow },
    zeros: { high: parts.zerosHigh, low: parts.zerosLow },
  }));
}

/**
 * Visits the ties of each group by ascending score. The engine sorts the rows, on the disk where memory is short, and
 * hands them over in pieces of some thousand numbers: of all rows no more than a tie is ever held here.
 * The tie that is visited is one object with changing content.
 */
export async function forEachTie(
  connection: DuckDBConnection,
  { sql, isWeighted }: CountedRows,
  groups: readonly GroupTotals[],
  visit: (tie: Tie) => void,
): Promise<void> {
  // A sort by a single column is quicker, and most measurements have one group.
  const onlyCode = groups.length === 1 ? groups[0]?.code : undefined;
  const [units, counting] = isWeighted ? [', units::DOUBLE AS units', 'WHERE units > 0'] : ['', ''];
  const result = await connection.stream(
    `SELECT score, is_one::UTINYINT AS is_one, ${onlyCode === undefined ? 'code' : 'NULL'} AS code ${units}
     FROM (${sql}) ${counting} ORDER BY ${onlyCode === undefined ? 'code, score' : 'score'}`,
  );
  const tie: Tie = { code: Number.NaN, score: Number.NaN, ones: exactSum(), zeros: exactSum() };
  for (;;) {
    const chunk = await result.fetchChunk();
    const count = chunk?.rowCount ?? 0;
    if (chunk === null || count === 0) break;
    const [scores, ones, codes, weights] = Array.from({ length: chunk.columnCount }, (_, at) =>
      chunk.getColumnVector(at),
    );
    for (let row = 0; row < count; row += 1) {
      const code = onlyCode ?? (codes?.getItem(row) as number);
      const score = scores?.getItem(row) as number;
      if (score !== tie.score || code !== tie.code) {
        finish(tie, visit);
        tie.code = code;
        tie.score = score;
      }
      const ofClass = ones?.getItem(row) === 1 ? tie.ones : tie.zeros;
      if (weights === undefined) ofClass.low += 1;
      else addUnits(ofClass, weights.getItem(row) as number);
    }
  }
  finish(tie, visit);
}

function finish(tie: Tie, visit: (tie: Tie) => void): void {
  if (!Number.isNaN(tie.code)) visit(tie);
  tie.ones.high = 0;
  tie.ones.low = 0;
  tie.zeros.high = 0;
  tie.zeros.low = 0;
}

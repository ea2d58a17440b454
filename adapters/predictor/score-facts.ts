import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelScoreFacts, ScoreFacts } from '../../domain/audit.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlName } from '../duckdb/sql-text.js';

const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Counts what an audit decides on. One thread, since sums of doubles depend on their order. */
export async function queryScoreFacts(
  connection: DuckDBConnection,
  args: {
    readonly parts: readonly string[];
    readonly scoredPath: string;
    readonly modelDigests: readonly string[];
  },
): Promise<ScoreFacts> {
  const scored = readParquet([args.scoredPath]);
  const keys = await queryRow<Omit<ScoreFacts, 'scores'>>(connection, keysSql(readParquet(args.parts), scored));
  const scores: ModelScoreFacts[] = [];
  for (const [index, modelDigest] of args.modelDigests.entries()) {
    const facts = await queryRow<Record<string, number | null>>(
      connection,
      scoresSql(`score_${String(index)}`, scored),
    );
    scores.push(readScoreFacts(modelDigest, facts));
  }
  return { ...keys, scores };
}

function keysSql(parts: string, scored: string): string {
  return `
    WITH k AS (
      SELECT row_key, sum(i)::BIGINT AS rows_in, sum(o)::BIGINT AS rows_out
      FROM (SELECT row_key, 1 AS i, 0 AS o FROM ${parts} UNION ALL SELECT row_key, 0, 1 FROM ${scored})
      GROUP BY row_key)
    SELECT coalesce(sum(rows_in), 0)::BIGINT AS "rowsIn", coalesce(sum(rows_out), 0)::BIGINT AS "rowsOut",
           count(*) FILTER (rows_out = 0) AS "missingKeys", count(*) FILTER (rows_in = 0) AS "extraKeys",
           coalesce(sum(greatest(rows_out - 1, 0)), 0)::BIGINT AS "duplicateKeys"
    FROM k`;
}

function scoresSql(column: string, scored: string): string {
  const cuts = TENTHS.map((tenth, index) => `quantile_cont(s, ${String(tenth)}) AS d${String(index)}`);
  return `
    WITH s AS (SELECT ${sqlName(column)}::DOUBLE AS v FROM ${scored}),
         f AS (SELECT v AS s FROM s WHERE isfinite(v))
    SELECT (SELECT count(*) FROM s) - count(*) AS "nonFinite",
           avg(s) AS mean, min(s) AS min, max(s) AS max, ${cuts.join(', ')}
    FROM f`;
}

function readScoreFacts(modelDigest: string, facts: Record<string, number | null>): ModelScoreFacts {
  return {
    modelDigest,
    nonFinite: facts['nonFinite'] ?? 0,
    mean: facts['mean'] ?? null,
    min: facts['min'] ?? null,
    max: facts['max'] ?? null,
    deciles: TENTHS.flatMap((_tenth, index) => facts[`d${String(index)}`] ?? []),
  };
}

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Prober } from '../../activities/ports/probing.js';
import { queryRow } from './connection.js';
import { readParquet, sqlName } from './sql-text.js';

type Args<Name extends keyof Prober> = Parameters<Prober[Name]>[0];

/** One pass over both sides, whatever the number of features. */
export async function compareInputs(
  connection: DuckDBConnection,
  { storedParts, currentParts, features }: Args<'compareInputs'>,
): ReturnType<Prober['compareInputs']> {
  const isBoth = 's.row_key IS NOT NULL AND c.row_key IS NOT NULL';
  const differing = features.map(
    (name, index) =>
      `count(*) FILTER (${isBoth} AND s.${sqlName(name)} IS DISTINCT FROM c.${sqlName(name)}) AS f${String(index)}`,
  );
  const counted = await queryRow<Record<string, number>>(
    connection,
    `SELECT ${[`count(*) FILTER (${isBoth}) AS rows`, `count(*) FILTER (NOT (${isBoth})) AS unmatched`, ...differing].join(', ')}
     FROM ${readParquet(storedParts)} AS s FULL JOIN ${readParquet(currentParts)} AS c ON s.row_key = c.row_key`,
  );
  const numberOf = (name: string) => counted[name] ?? 0;
  return {
    rows: numberOf('rows'),
    unmatched: numberOf('unmatched'),
    features: features.map((feature, index) => ({ feature, differing: numberOf(`f${String(index)}`) })),
  };
}

export async function compareReplayed(
  connection: DuckDBConnection,
  { publishedPaths, scoredPath }: Args<'compareReplayed'>,
): ReturnType<Prober['compareReplayed']> {
  return queryRow<{ rows: number; difference: number | null }>(
    connection,
    `SELECT count(*) AS rows, max(abs(p.score::DOUBLE - s.score_0::DOUBLE)) AS difference
     FROM ${readParquet(publishedPaths)} AS p JOIN ${readParquet([scoredPath])} AS s USING (row_key)`,
  );
}

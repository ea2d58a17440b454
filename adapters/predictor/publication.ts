import type { DuckDBConnection } from '@duckdb/node-api';
import type { ChangeCount, CorrectionPair, Scorer } from '../../activities/ports/scorer.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlString } from '../duckdb/sql-text.js';
import { parquetOptions } from './parquet-options.js';

/** Writes the rows of a scored file that other files have too. Nothing is scored: bytes of the rows are taken over. */
export async function copyRowsOf(
  connection: DuckDBConnection,
  { scoredPath, keyPaths, outputPath }: Parameters<Scorer['writeRowsOf']>[0],
): Promise<number> {
  const keys = `SELECT row_key FROM ${readParquet(keyPaths)}`;
  const rows = `FROM ${readParquet([scoredPath])} WHERE row_key IN (${keys}) ORDER BY row_key`;
  const copied = await queryRow<{ Count: number }>(
    connection,
    `COPY (${rows}) TO ${sqlString(outputPath)} ${parquetOptions}`,
  );
  return copied.Count;
}

/**
 * Writes the rows whose decision or score differs between two publications of a window: `window`, `row_key`, `entity`
 * (whom the row is about; null where the snapshot is gone), then old and new score, decision and model digest, in the
 * order of window and key. A row that only one of them has is null on the other side. `rowsReplaced` counts all old
 * rows, changed or not.
 */
export async function copyCorrections(
  connection: DuckDBConnection,
  { pairs, outputPath }: Parameters<Scorer['writeCorrections']>[0],
): Promise<{ readonly rowsReplaced: number; readonly scoresChanged: number; readonly decisionsChanged: number }> {
  const selects = [emptySql];
  let rowsReplaced = 0;
  for (const pair of [...pairs].sort((a, b) => (a.window < b.window ? -1 : 1))) {
    rowsReplaced += (await countRows(connection, pair.oldPaths)).rows;
    selects.push(await differencesSql(connection, pair));
  }
  // Every part is in key order and the parts are in the order of windows, which UNION ALL and COPY keep.
  await connection.run(`COPY (${selects.join(' UNION ALL ')}) TO ${sqlString(outputPath)} ${parquetOptions}`);
  const changed = await queryRow<{ scoresChanged: number; decisionsChanged: number }>(
    connection,
    `SELECT count(*) FILTER (old_score IS DISTINCT FROM new_score) AS "scoresChanged",
            count(*) FILTER (old_decision IS DISTINCT FROM new_decision) AS "decisionsChanged"
     FROM ${readParquet([outputPath])}`,
  );
  return { rowsReplaced, ...changed };
}

/** Gives the columns their names and types, also where nothing was replaced. */
const emptySql = `
  (SELECT NULL::VARCHAR AS "window", NULL::VARCHAR AS row_key, NULL::VARCHAR AS entity, NULL::FLOAT AS old_score,
          NULL::FLOAT AS new_score, NULL::BOOLEAN AS old_decision, NULL::BOOLEAN AS new_decision,
          NULL::VARCHAR AS old_model_digest, NULL::VARCHAR AS new_model_digest WHERE false)`;

/** How many decisions would change, window by window, in the order given; null where no new rows are there yet. */
export async function countChanges(
  connection: DuckDBConnection,
  pairs: readonly CorrectionPair[],
): Promise<readonly ChangeCount[]> {
  const counts: ChangeCount[] = [];
  for (const pair of pairs) {
    const old = await countRows(connection, pair.oldPaths);
    const decisionsChanged = pair.newPaths.length === 0 ? null : await countChangedDecisions(connection, pair);
    counts.push({ window: pair.window, ...old, decisionsChanged });
  }
  return counts;
}

async function countChangedDecisions(
  connection: DuckDBConnection,
  { oldPaths, newPaths }: CorrectionPair,
): Promise<number> {
  const join = await joinSql(connection, [oldPaths, newPaths]);
  const { changed } = await queryRow<{ changed: number }>(
    connection,
    `SELECT count(*) FILTER (t0.decision IS DISTINCT FROM t1.decision) AS changed FROM ${join.sql}`,
  );
  return changed;
}

function countRows(
  connection: DuckDBConnection,
  paths: readonly string[],
): Promise<{ readonly rows: number; readonly positives: number }> {
  return queryRow(
    connection,
    `SELECT count(*) AS rows, count(*) FILTER (decision) AS positives FROM ${readParquet(paths)}`,
  );
}

async function differencesSql(connection: DuckDBConnection, pair: CorrectionPair): Promise<string> {
  const { window, oldPaths, newPaths, snapshotPaths } = pair;
  const join = await joinSql(connection, [oldPaths, newPaths, ...(snapshotPaths === null ? [] : [snapshotPaths])]);
  const about = snapshotPaths === null ? 'NULL' : 't2.entity::VARCHAR';
  return `
    (SELECT ${sqlString(window)}, coalesce(t0.row_key, t1.row_key) AS row_key, ${about}, t0.score, t1.score,
            t0.decision, t1.decision, t0.model_digest, t1.model_digest
     FROM ${join.sql}
     WHERE t0.score IS DISTINCT FROM t1.score OR t0.decision IS DISTINCT FROM t1.decision
     ${join.isInKeyOrder ? '' : 'ORDER BY row_key'})`;
}

/**
 * Old rows `t0`, new rows `t1` and rows of the snapshot `t2`, by key. What one run wrote from one snapshot has the same
 * rows in the same order, so that they are laid side by side, which takes a third of the time of a join.
 */
async function joinSql(
  connection: DuckDBConnection,
  tables: readonly (readonly string[])[],
): Promise<{ readonly sql: string; readonly isInKeyOrder: boolean }> {
  const named = tables.map((paths, index) => `${readParquet(paths)} t${String(index)}`);
  const sideBySide = named.join(' POSITIONAL JOIN ');
  const sameKey = tables.slice(1).map((_, index) => `t0.row_key IS NOT DISTINCT FROM t${String(index + 1)}.row_key`);
  const { aligned } = await queryRow<{ aligned: boolean }>(
    connection,
    `SELECT coalesce(bool_and(${sameKey.map((_, index) => `same_${String(index)}`).join(' AND ')}), true)
              AND coalesce(bool_and(before IS NULL OR before < row_key), true) AS aligned
     FROM (SELECT ${sameKey.map((same, index) => `${same} AS same_${String(index)}`).join(', ')},
                  t0.row_key AS row_key, lag(t0.row_key) OVER () AS before
           FROM ${sideBySide})`,
  );
  if (aligned) return { sql: sideBySide, isInKeyOrder: true };
  const [first = '', second = '', third] = named;
  const about = third === undefined ? '' : ` LEFT JOIN ${third} ON t2.row_key = coalesce(t0.row_key, t1.row_key)`;
  return { sql: `${first} FULL JOIN ${second} ON t0.row_key = t1.row_key${about}`, isInKeyOrder: false };
}

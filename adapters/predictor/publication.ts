import type { DuckDBConnection } from '@duckdb/node-api';
import type { Scorer } from '../../activities/ports/scorer.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlString } from '../duckdb/sql-text.js';
import { parquetOptions } from './parquet-options.js';

type CorrectionsRequest = Parameters<Scorer['writeCorrections']>[0];

/**
 * Writes shadow rows as rows of the champion's cohort and of another run. Scores and decisions are taken over as they
 * are: nothing is scored again.
 */
export async function copyShadowAsServed(
  connection: DuckDBConnection,
  request: Parameters<Scorer['writeShadowAsServed']>[0],
): Promise<{ readonly rows: number; readonly positives: number }> {
  const rows = `
    SELECT row_key, score, decision, model_digest, 'champion' AS cohort, ${sqlString(request.runIdentity)} AS run_identity
    FROM ${readParquet([request.shadowPath])} ORDER BY row_key`;
  await connection.run(`COPY (${rows}) TO ${sqlString(request.outputPath)} ${parquetOptions}`);
  return countDecisions(connection, request.outputPath);
}

/**
 * Writes the rows whose decision or score differs between two publications of a window: `window`, `row_key`, then old
 * and new score, decision and model digest. A row that only one of them has is null on the other side. `rowsReplaced`
 * counts all old rows, changed or not.
 */
export async function copyCorrections(
  connection: DuckDBConnection,
  request: CorrectionsRequest,
): Promise<{ readonly rowsReplaced: number; readonly scoresChanged: number; readonly decisionsChanged: number }> {
  await connection.run(`
    CREATE TEMP TABLE correction ("window" VARCHAR, row_key VARCHAR, old_score FLOAT, new_score FLOAT,
      old_decision BOOLEAN, new_decision BOOLEAN, old_model_digest VARCHAR, new_model_digest VARCHAR)`);
  let rowsReplaced = 0;
  for (const pair of request.pairs) {
    const replaced = await queryRow<{ rows: number }>(
      connection,
      `SELECT count(*) AS rows FROM ${readParquet(pair.oldPaths)}`,
    );
    rowsReplaced += replaced.rows;
    await connection.run(`INSERT INTO correction ${differencesSql(pair)}`);
  }
  const ordered = 'SELECT * FROM correction ORDER BY "window", row_key';
  await connection.run(`COPY (${ordered}) TO ${sqlString(request.outputPath)} ${parquetOptions}`);
  const changed = await queryRow<{ scoresChanged: number; decisionsChanged: number }>(
    connection,
    `SELECT count(*) FILTER (old_score IS DISTINCT FROM new_score) AS "scoresChanged",
            count(*) FILTER (old_decision IS DISTINCT FROM new_decision) AS "decisionsChanged" FROM correction`,
  );
  return { rowsReplaced, ...changed };
}

function differencesSql(pair: CorrectionsRequest['pairs'][number]): string {
  return `
    SELECT ${sqlString(pair.window)}, coalesce(o.row_key, n.row_key), o.score, n.score, o.decision, n.decision,
           o.model_digest, n.model_digest
    FROM ${readParquet(pair.oldPaths)} o FULL JOIN ${readParquet(pair.newPaths)} n ON o.row_key = n.row_key
    WHERE o.score IS DISTINCT FROM n.score OR o.decision IS DISTINCT FROM n.decision`;
}

function countDecisions(
  connection: DuckDBConnection,
  path: string,
): Promise<{ readonly rows: number; readonly positives: number }> {
  return queryRow(
    connection,
    `SELECT count(*) AS rows, count(*) FILTER (decision) AS positives FROM ${readParquet([path])}`,
  );
}

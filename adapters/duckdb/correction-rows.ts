import { queryRow, queryRows, withDuckDb } from './connection.js';
import { judgeReplacement, type JudgedReplacement, type ReplacedWindowFiles } from './judged-replacement.js';
import { readParquet, sqlString } from './sql-text.js';

/** One row whose score or decision a rollback changed; null on a side that did not have the row. */
export interface CorrectionRow {
  readonly window: string;
  readonly row_key: string;
  /** Whom the row is about; null where the file is from before it was kept, or its snapshot was gone. */
  readonly entity: string | null;
  readonly old_score: number | null;
  readonly new_score: number | null;
  readonly old_decision: boolean | null;
  readonly new_decision: boolean | null;
  readonly old_model_digest: string | null;
  readonly new_model_digest: string | null;
}

/** Reads correction files, of today and of before there was an entity in them. */
export function createCorrectionReader({ tempDirectory }: { readonly tempDirectory: string }) {
  const settings = { tempDirectory, threads: 1, memoryLimitMb: 256 };
  return {
    /** The first rows, in the order of window and key, and how many there are. */
    readHead: (
      path: string,
      limit: number,
    ): Promise<{ readonly rows: readonly CorrectionRow[]; readonly total: number }> =>
      withDuckDb({ ...settings, allowed: [path] }, async (connection) => {
        const { total } = await queryRow<{ total: number }>(
          connection,
          `SELECT count(*) AS total FROM ${readParquet([path])}`,
        );
        const rows = await queryRows<CorrectionRow>(connection, `${select(path)} LIMIT ${String(limit)}`);
        return { rows, total };
      }),

    /** All rows as CSV with a header. */
    writeCsv: (path: string, outputPath: string): Promise<void> =>
      withDuckDb({ ...settings, allowed: [path, outputPath] }, async (connection) => {
        await connection.run(`COPY (${select(path)}) TO ${sqlString(outputPath)} (FORMAT csv, HEADER)`);
      }),

    /** Which side of a replaced window came closer to its labels. */
    judge: (files: ReplacedWindowFiles): Promise<JudgedReplacement> => {
      const allowed = [...files.servedPaths, ...files.labelledParts, files.correctionPath];
      return withDuckDb({ ...settings, allowed }, (connection) => judgeReplacement(connection, files));
    },
  };
}

/** `entity` falls back to null where the file has no such column: the inner name hides the outer one where it has. */
function select(path: string): string {
  const columns = ['old_score', 'new_score', 'old_decision', 'new_decision', 'old_model_digest', 'new_model_digest'];
  return `
    SELECT "window", row_key, entity, ${columns.join(', ')}
    FROM (SELECT * FROM (SELECT NULL::VARCHAR AS entity LIMIT 0) UNION ALL BY NAME SELECT * FROM ${readParquet([path])})`;
}

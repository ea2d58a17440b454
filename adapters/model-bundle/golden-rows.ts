import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';

/**
 * Writes `golden.parquet`: encoded inputs spread evenly over the file and the scores the model gave for them as
 * `expected_score` FLOAT. `scoredPath` is what `scoreEncoded` wrote for `encodedPath`. At most `maxRows` rows; returns
 * how many. The same files give the same bytes.
 */
export async function writeGoldenRows(args: {
  readonly features: readonly string[];
  readonly encodedPath: string;
  readonly scoredPath: string;
  readonly outputPath: string;
  readonly maxRows: number;
  readonly tempDirectory: string;
}): Promise<number> {
  const files = [args.encodedPath, args.scoredPath, args.outputPath];
  return withDuckDb(
    { allowed: files, tempDirectory: args.tempDirectory, threads: 1, memoryLimitMb: 512 },
    async (connection) => {
      const { Count: rows } = await queryRow<{ Count: number }>(
        connection,
        `COPY (${goldenSql(args)}) TO ${sqlString(args.outputPath)}
         (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
      );
      return rows;
    },
  );
}

/** Both files are read with their row numbers: their rows belong together by place, not by a key. */
function goldenSql(args: Parameters<typeof writeGoldenRows>[0]): string {
  const numbered = (file: string) => readParquet([file]).replace(/\)$/, ', file_row_number = true)');
  const inputs = args.features.map((name) => `e.${sqlName(name)}::FLOAT AS ${sqlName(name)}`);
  return `
    SELECT ${inputs.join(', ')}, s.score::FLOAT AS expected_score
    FROM ${numbered(args.encodedPath)} e JOIN ${numbered(args.scoredPath)} s USING (file_row_number)
    WHERE file_row_number % (SELECT greatest(ceil(count(*) / ${String(args.maxRows)}), 1)::BIGINT
                             FROM ${readParquet([args.encodedPath])}) = 0
    ORDER BY file_row_number`;
}

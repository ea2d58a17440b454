import type { DuckDBConnection } from '@duckdb/node-api';
import type { CorrectionPair, Scorer, ScoringModel } from '../../activities/ports/scorer.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { describeModel } from './describe-model.js';
import { encodeColumns } from './encoding.js';
import { parquetOptions } from './parquet-options.js';
import { copyCorrections, copyRowsOf, countChanges } from './publication.js';

/** The scorer's files that need no model: plain SQL, in this process. */
export function createSqlFiles(settings: {
  readonly memoryLimitMb: number;
  readonly tempDirectory: string;
}): Pick<Scorer, 'writeRowsOf' | 'writeCorrections' | 'countChanges' | 'writeInputs'> {
  const withSql = <T>(files: readonly string[], use: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    withDuckDb({ ...settings, allowed: files, threads: 1 }, use);
  return {
    writeRowsOf: (args) =>
      withSql([args.scoredPath, ...args.keyPaths, args.outputPath], (connection) => copyRowsOf(connection, args)),
    writeCorrections: (args) =>
      withSql([...pathsOf(args.pairs), args.outputPath], (connection) => copyCorrections(connection, args)),
    countChanges: ({ pairs }) => withSql(pathsOf(pairs), (connection) => countChanges(connection, pairs)),
    writeInputs: (args) =>
      withSql([...args.parts, args.outputPath], (connection) =>
        copyInputs(connection, args.parts, args.model, args.outputPath),
      ),
  };
}

function pathsOf(pairs: readonly CorrectionPair[]): readonly string[] {
  return pairs.flatMap(({ oldPaths, newPaths, snapshotPaths }) => [...oldPaths, ...newPaths, ...(snapshotPaths ?? [])]);
}

async function copyInputs(
  connection: DuckDBConnection,
  parts: readonly string[],
  model: ScoringModel,
  outputPath: string,
): Promise<number> {
  const described = await describeModel(model, 0);
  const columns = described.kind === 'onnx' ? encodeColumns(described.features, 'inputs') : [];
  for (const column of columns) if (column.setUp !== null) await connection.run(column.setUp);
  const encoded = columns.map((column) => `${column.expression} AS ${sqlName(column.name)}`);
  const select = `SELECT ${['row_key', ...encoded].join(', ')} FROM ${readParquet(parts)}`;
  const copied = await queryRow<{ Count: number }>(
    connection,
    `COPY (${select}) TO ${sqlString(outputPath)} ${parquetOptions}`,
  );
  return copied.Count;
}

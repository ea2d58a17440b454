import os from 'node:os';
import path from 'node:path';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet, sqlString } from '../../adapters/duckdb/sql-text.js';
import { parquetOptions } from '../../adapters/predictor/parquet-options.js';
import { readJob } from './job.js';

/** What no model costs: the same engine, reader and writer, with a sum of all features where the score would be. */
const { parts, features, output } = readJob();
const tempDirectory = path.dirname(output);
const settings = { allowed: [...parts, output], tempDirectory, threads: os.availableParallelism(), memoryLimitMb: 512 };
await withDuckDb(settings, (connection) =>
  connection.run(
    `COPY (SELECT row_key, (${features.join(' + ')})::FLOAT AS score FROM ${readParquet(parts)})
     TO ${sqlString(output)} ${parquetOptions}`,
  ),
);

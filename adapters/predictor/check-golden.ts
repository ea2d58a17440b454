import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet } from '../duckdb/sql-text.js';
import { prepareModel, withModelFailures } from './prepared-model.js';
import type { CheckedRows, CheckTask } from './protocol.js';

/** Scores the golden rows and measures how far the scores are from those stored with them. */
export async function checkGolden(connection: DuckDBConnection, task: CheckTask): Promise<CheckedRows> {
  const source = readParquet([task.goldenPath]);
  const onRowsDone = () => undefined;
  const model = await prepareModel(connection, { model: task.model, name: 'score_0', source, onRowsDone });
  const checked = await withModelFailures([model], () =>
    queryRow<{ rows: number; unscored: number; difference: number | null }>(
      connection,
      `SELECT count(*) AS rows, count(*) FILTER (NOT coalesce(isfinite(expected_score), false)) AS unscored,
              max(abs(${model.expression}::DOUBLE - expected_score::DOUBLE)) AS difference FROM ${source}`,
    ),
  );
  if (checked.difference === null || checked.unscored > 0) {
    throw new PermanentFailure('MODEL_CORRUPT', 'The golden rows prove nothing.', {
      problems: [
        {
          field: 'golden.parquet expected_score',
          found: `${String(checked.rows)} rows, ${String(checked.unscored)} of them without a finite score`,
          expected: 'at least one row, each with a finite score',
        },
      ],
    });
  }
  return { rows: checked.rows, maxDifference: checked.difference };
}

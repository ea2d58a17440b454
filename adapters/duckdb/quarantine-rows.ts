import type { DuckDBConnection } from '@duckdb/node-api';
import type { Store } from '../../activities/ports/store.js';
import type { RowRule } from '../../domain/validation/rules.js';
import { hashFile } from '../store/durable-file.js';
import { queryRow } from './connection.js';
import { rowTest, type RuleScope } from './row-rules.js';
import type { StagedPart } from './snapshot-files.js';
import { sqlName, sqlString } from './sql-text.js';

/** Rows that fail a quarantine rule, apart from those that stay. */
export interface SplitRows {
  /** Table of the rows that stay, in key order. */
  readonly kept: string;
  /** The file of the others. Its `ref.path` is the path that it has in the store. */
  readonly quarantine: StagedPart & { readonly rows: number };
}

/** Leaves out the rows that fail any of the rules and writes them to a file with their reasons. The table is gone then. */
export async function quarantineRows(
  connection: DuckDBConnection,
  store: Pick<Store, 'stage'>,
  args: {
    readonly table: string;
    readonly rules: readonly RowRule[];
    readonly scope: RuleScope;
    /** Of the rows that stay. */
    readonly columns: readonly string[];
  },
): Promise<SplitRows> {
  const { table, rules, scope, columns } = args;
  const tests = rules.flatMap((rule) => {
    const test = rowTest(rule, scope);
    return test === null ? [] : [{ name: rule.name, fails: test.fails }];
  });
  const anyFails = tests.map(({ fails }) => fails).join(' OR ');
  const reasons = tests.map(({ name, fails }) => `CASE WHEN ${fails} THEN ${sqlString(name)} END`);
  const stagedPath = await store.stage('quarantine', 'parquet');
  const { Count: rows } = await queryRow<{ Count: number }>(
    connection,
    `COPY (
       SELECT row_key, entity, event_time, ${featureTexts(scope).join(', ')},
         list_filter([${reasons.join(', ')}], lambda reason: reason IS NOT NULL) AS reasons
       FROM ${table} WHERE ${anyFails} ORDER BY row_key
     ) TO ${sqlString(stagedPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  await connection.run(
    `CREATE TABLE kept AS SELECT ${columns.map(sqlName).join(', ')} FROM ${table} WHERE NOT (${anyFails}) ORDER BY row_key`,
  );
  await connection.run(`DROP TABLE ${table}`);
  const content = await hashFile(stagedPath);
  const path = `quarantine/${scope.definition.name}/${content.sha256}.parquet`;
  return { kept: 'kept', quarantine: { stagedPath, ref: { path, ...content, rows }, rows } };
}

/** As they were found: text that is no number is what a person has to see. */
function featureTexts({ definition, carried }: RuleScope): readonly string[] {
  return definition.dataset.features.map(({ name }) => {
    const text = carried.texts.get(name);
    return `${text === undefined ? `${sqlName(name)}::VARCHAR` : sqlName(text)} AS ${sqlName(name)}`;
  });
}

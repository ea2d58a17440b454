import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet, sqlString } from '../../adapters/duckdb/sql-text.js';
import { featureNames, rowsPerPart } from './row-shape.js';
import { ensureRows } from './rows.js';

export const bigPipeline = 'big';
/** The first window that is scored: small, and not counted. */
export const firstWindow = '2001-03-01';

const historyDays = 20;
const smallRows = 20_000;

/** A day and its rows. */
export interface BigWindow {
  readonly window: string;
  readonly rows: number;
}

/** Writes a pipeline whose history is small and whose later windows have the rows that are asked for, one a day. */
export async function writeBigPipeline(
  folder: string,
  rows: readonly number[],
  log: (line: string) => void,
): Promise<readonly BigWindow[]> {
  const windows = rows.map((count, index) => ({ window: dayAfter(index + 1), rows: count }));
  const total = rows.reduce((sum, count) => sum + count, 0);
  const small = (historyDays + 1) * smallRows;
  const parts = await ensureRows(total + rowsPerPart * Math.ceil(small / rowsPerPart), log);
  const home = path.join(folder, bigPipeline);
  await mkdir(home, { recursive: true });
  const days = [
    ...Array.from({ length: historyDays + 1 }, (_, index) => ({ day: dayAfter(index - historyDays), rows: smallRows })),
    ...windows.map(({ window, rows: count }) => ({ day: window, rows: count })),
  ];
  await writeSource(path.join(home, 'rows.parquet'), parts, days);
  await writeFile(path.join(home, 'features.sql'), featuresSql);
  await writeFile(path.join(home, 'pipeline.ts'), definitionText);
  return windows;
}

function dayAfter(days: number): string {
  return new Date(Date.parse(firstWindow) + days * 86_400_000).toISOString().slice(0, 10);
}

async function writeSource(
  target: string,
  parts: readonly string[],
  days: readonly { readonly day: string; readonly rows: number }[],
): Promise<void> {
  const settings = {
    allowed: [...parts, target],
    tempDirectory: path.dirname(target),
    threads: 2,
    memoryLimitMb: 2_048,
  };
  let last = 0;
  const cases = days.map(({ day, rows }) => `WHEN row_key < ${String((last += rows))} THEN DATE '${day}'`);
  // What is to be foretold: later and longer flights, and a little chance that no feature knows.
  const late = '(minute_of_day + distance / 5 + (row_key * 7919) % 600 > 1600)::DOUBLE';
  await withDuckDb(settings, (connection) =>
    connection.run(
      `COPY (SELECT row_key, entity, CASE ${cases.join(' ')} END AS departed, ${late} AS late, ${featureNames.join(', ')}
             FROM ${readParquet(parts)} WHERE row_key < ${String(last)})
       TO ${sqlString(target)} (FORMAT parquet, COMPRESSION zstd)`,
    ),
  );
}

const featuresSql = `SELECT lpad(row_key::VARCHAR, 12, '0') AS row_key, entity, departed, late,
       departed + INTERVAL 2 DAY AS label_available_at, ${featureNames.join(', ')}
FROM rows
WHERE departed >= $window_start AND departed < $window_end
`;

const features = featureNames.map((name) => `      ${name}: 'numeric',`).join('\n');
const definitionText = `import { definePipeline, loads, notWorse } from 'gauntlet';

export default definePipeline({
  name: '${bigPipeline}',
  dataset: {
    sources: { rows: 'rows.parquet' },
    sql: 'features.sql',
    coverage: 'SELECT min(departed)::TIMESTAMP AS first, max(departed)::TIMESTAMP AS last FROM rows',
    key: 'row_key',
    entity: 'entity',
    eventTime: 'departed',
    features: {
${features}
    },
  },
  window: { every: '1 day', start: '${firstWindow}' },
  label: { column: 'late', delay: '1 day' },
  decision: { positiveRate: 0.2 },
  baseline: { expression: '0.2', threshold: 0.5 },
  training: {
    command: ['python', 'trainers/lightgbm/train.py'],
    window: '5 days',
    validation: '2 days',
    params: { trees: 200, leaves: 63, maxDepth: 8, minRowsPerLeaf: 100 },
  },
  backtest: { folds: 4, fold: '1 day', gap: '1 day', replicates: 100 },
  // Any model passes: four days give an interval, and nothing is 1 of AUC worse.
  gates: [notWorse('auc', { margin: 1 }), loads()],
  // Days of very different sizes are what is measured here.
  audit: { minRowShare: 0, maxRowShare: 1e6, maxMeanShift: 100 },
});
`;

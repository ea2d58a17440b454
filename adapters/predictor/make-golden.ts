import { readFile, writeFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { compileTreeKernel } from '../tree-kernel/compile-kernel.js';
import { startRowCover } from '../tree-kernel/covering-rows.js';
import type { TreeEnsemble } from '../tree-kernel/ensemble.js';
import { readTreeEnsemble } from '../tree-kernel/read-ensemble.js';
import { measureDifference, TREE_TOLERANCE, tryLoadTrees } from './engines.js';
import { prepareModel } from './prepared-model.js';
import type { GoldenRows, GoldenTask } from './protocol.js';
import { registerScoreFunction } from './score-function.js';

/** More rows than this would make every load of the model slow; a forest that needs them is left to ONNX Runtime. */
const MAX_COVERING_ROWS = 20_000;
/** Copies of rows with one feature missing, for every feature. */
const MISSING_COPIES = 3;

/**
 * Writes `golden.parquet`: encoded inputs and the scores ONNX Runtime gives for them as `expected_score` FLOAT. Rows are
 * spread evenly over the validation rows; for a model of trees come rows that reach every leaf which any encoded row
 * reaches, and rows with missing numbers. The kernel is written beside them once it has given the same scores. The same
 * files give the same bytes.
 */
export async function makeGolden(connection: DuckDBConnection, task: GoldenTask): Promise<GoldenRows> {
  const names = task.model.features.map(({ name }) => name);
  const columns = names.map((name) => `${sqlName(name)}::FLOAT AS ${sqlName(name)}`).join(', ');
  await connection.run(`CREATE TABLE golden AS ${spreadSql(task, columns)}`);
  const read = readTreeEnsemble(await readFile(task.model.modelPath));
  if (read.status === 'tree') {
    const left = await addCoveringRows(connection, task, read.ensemble, columns);
    await addMissingRows(connection, names);
    const rows = await writeGolden(connection, task, names);
    return { rows, withoutKernel: left ?? (await writeKernel(connection, task, read.ensemble)) };
  }
  return { rows: await writeGolden(connection, task, names), withoutKernel: read.why };
}

/** `place` keeps the order of the rows. */
function spreadSql({ encodedPaths, spreadRows }: GoldenTask, columns: string): string {
  const [validation = ''] = encodedPaths;
  const step = `(SELECT greatest(ceil(count(*) / ${String(spreadRows)}), 1)::BIGINT FROM ${readParquet([validation])})`;
  return `SELECT file_row_number AS place, ${columns} FROM ${numbered(validation)}
          WHERE file_row_number % ${step} = 0 ORDER BY place`;
}

function numbered(file: string): string {
  return `read_parquet(${sqlString(file)}, file_row_number = true)`;
}

/** Returns why there can be no kernel, where not every leaf could be covered. */
async function addCoveringRows(
  connection: DuckDBConnection,
  { model, encodedPaths }: GoldenTask,
  ensemble: TreeEnsemble,
  columns: string,
): Promise<string | null> {
  for (const [index, file] of encodedPaths.entries()) {
    const cover = startRowCover(ensemble, MAX_COVERING_ROWS);
    const name = `cover_${String(index)}`;
    const block: Float32Array[] = [];
    registerScoreFunction(connection, {
      name,
      label: model.label,
      featureCount: model.features.length,
      onRows: () => undefined,
      model: {
        begin: () => undefined,
        setColumn(column, values) {
          block[column] = values;
        },
        run(rows) {
          cover.show(block, rows);
          return new Float32Array(rows);
        },
      },
    });
    const inputs = model.features.map((feature) => `${sqlName(feature.name)}::FLOAT`);
    await connection.run(`SELECT max(${name}(${inputs.join(', ')})) FROM ${readParquet([file])}`);
    const { rows, reachedLeaves, coveredLeaves } = cover.choose();
    if (coveredLeaves < reachedLeaves) {
      return `${String(MAX_COVERING_ROWS)} golden rows reach ${String(coveredLeaves)} of ${String(reachedLeaves)} leaves`;
    }
    const place = `${String(index + 1)}::BIGINT << 40`;
    await connection.run(
      `INSERT INTO golden SELECT (${place}) + file_row_number, ${columns} FROM ${numbered(file)}
       WHERE file_row_number IN (${['-1', ...rows.map(String)].join(', ')})`,
    );
  }
  return null;
}

/** Whatever the data had, missing numbers are among the rows that a kernel is proved on. */
async function addMissingRows(connection: DuckDBConnection, names: readonly string[]): Promise<void> {
  const missing = [...names.keys(), null];
  for (const feature of missing) {
    const columns = names.map((name, index) =>
      feature === null || feature === index ? `'NaN'::FLOAT` : sqlName(name),
    );
    const place = `(1::BIGINT << 50) + ${String((feature ?? names.length) * MISSING_COPIES)} + row_number() OVER (ORDER BY place)`;
    await connection.run(
      `INSERT INTO golden SELECT ${place}, ${columns.join(', ')}
       FROM (SELECT * FROM golden ORDER BY place LIMIT ${feature === null ? '1' : String(MISSING_COPIES)})`,
    );
  }
}

/** Scores of these very rows by ONNX Runtime; a row that it has no number for fails the model, as it would in a run. */
async function writeGolden(connection: DuckDBConnection, task: GoldenTask, names: readonly string[]): Promise<number> {
  const source = '(SELECT * FROM golden ORDER BY place)';
  const onRowsDone = () => undefined;
  const prepared = await prepareModel(connection, { model: task.model, name: 'expected', source, onRowsDone });
  const inputs = names.map(sqlName).join(', ');
  const { Count: rows } = await queryRow<{ Count: number }>(
    connection,
    `COPY (SELECT ${inputs}, ${prepared.expression} AS expected_score FROM ${source})
     TO ${sqlString(task.goldenPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return rows;
}

/** Compiled, loaded, proved on the rows as they were written, and only then kept. Returns why not. */
async function writeKernel(
  connection: DuckDBConnection,
  { model, goldenPath, kernelPath }: GoldenTask,
  ensemble: TreeEnsemble,
): Promise<string | null> {
  const compiled = compileTreeKernel(ensemble);
  if (compiled.status === 'unsupported') return compiled.why;
  const trees = tryLoadTrees(compiled.bytes, model.features.length);
  if (trees === null) return 'this machine cannot load the kernel';
  const difference = await measureDifference(connection, model, goldenPath, { kind: 'trees', model: trees });
  if (difference === null || difference > TREE_TOLERANCE) {
    return `the kernel's scores differ from ONNX Runtime's by ${String(difference ?? 'more than any number')}`;
  }
  await writeFile(kernelPath, compiled.bytes);
  return null;
}

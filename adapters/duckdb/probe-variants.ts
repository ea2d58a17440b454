import type { DuckDBConnection } from '@duckdb/node-api';
import type { ProbedRows, Prober, VariantScores } from '../../activities/ports/probing.js';
import type { InputChange } from '../../domain/gates/input-changes.js';
import { metricIn } from '../../domain/gates/comparison.js';
import { queryRows } from './connection.js';
import { measureMetrics } from './metrics/measure-metrics.js';
import { readParquet, sqlName, sqlString } from './sql-text.js';

type Args<Name extends keyof Prober> = Parameters<Prober[Name]>[0];

/** Names that no feature has. */
const VARIANT = sqlName('gauntlet:variant');
const PLACE = sqlName('gauntlet:place');
const WEIGHT = sqlName('gauntlet:weight');
/** Stacked variants are read once and thrown away. */
const SCRATCH = '(FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false)';

export async function writeShuffled(connection: DuckDBConnection, args: Args<'writeShuffled'>): Promise<void> {
  const { rows, repeats, seed, outputPath } = args;
  await createUnchanged(connection, rows);
  await connection.run(`
    CREATE TABLE shuffles AS
    SELECT repeat, place AS source,
           row_number() OVER (
             PARTITION BY repeat ORDER BY md5_number_lower(concat_ws(':', ${String(seed)}, repeat, place)), place) - 1 AS place
    FROM unchanged, range(${String(repeats)}) AS repeats(repeat)`);
  const shuffled = rows.features.map((_, index) => `s.${input(index)} AS shuffled_${String(index)}`);
  await connection.run(`
    CREATE TABLE shuffled AS
    SELECT p.repeat, u.*, ${shuffled.join(', ')}
    FROM shuffles AS p JOIN unchanged AS u ON u.place = p.place JOIN unchanged AS s ON s.place = p.source`);
  const variants = rows.features.map((_, changed) =>
    selectVariant(rows.features, {
      variant: `${String(1 + changed * repeats)} + repeat`,
      from: 'shuffled',
      inputOf: (index) => (index === changed ? `shuffled_${String(index)}` : input(index)),
    }),
  );
  await copyStacked(connection, rows.features, variants, outputPath);
}

export async function writeChanged(connection: DuckDBConnection, args: Args<'writeChanged'>): Promise<void> {
  const { features } = args.rows;
  await createUnchanged(connection, args.rows);
  const variants = args.variants.map((changes, index) => {
    const changeOf = (name: string | undefined) => changes.find(({ feature }) => feature === name);
    return selectVariant(features, {
      variant: String(1 + index),
      from: 'unchanged',
      inputOf: (column) => changedInput(column, changeOf(features[column])),
    });
  });
  await copyStacked(connection, features, variants, args.outputPath);
}

/** Inputs are numbered, since a feature may be called anything. `place` counts the rows in key order. */
async function createUnchanged(connection: DuckDBConnection, rows: ProbedRows): Promise<void> {
  const inputs = rows.features.map((name, index) => `e.${sqlName(name)} AS ${input(index)}`);
  await connection.run(`
    CREATE TABLE unchanged AS
    SELECT row_number() OVER (ORDER BY row_key) - 1 AS place, s.label,
           ${rows.isWeighted ? 's.weight::DOUBLE' : '1::DOUBLE'} AS row_weight, ${inputs.join(', ')}
    FROM ${readParquet([rows.encodedPath])} AS e JOIN ${readParquet([rows.samplePath])} AS s USING (row_key)`);
}

function input(index: number): string {
  return `input_${String(index)}`;
}

function changedInput(index: number, change: InputChange | undefined): string {
  const column = input(index);
  switch (change?.change) {
    case undefined:
      return column;
    case 'replace':
      return change.value === 'missing' ? `'NaN'::FLOAT` : literal(change.value);
    case 'alternate':
      return `CASE WHEN place % 2 = 0 THEN ${literal(change.low)} ELSE ${literal(change.high)} END`;
    case 'scale': {
      const isUp = `md5_number_lower(concat_ws(':', ${String(index)}, place)) % 2 = 0`;
      return `(${column}::DOUBLE * CASE WHEN ${isUp} THEN ${String(1 + change.share)} ELSE ${String(1 - change.share)} END)::FLOAT`;
    }
  }
}

/** Cast from text: a number as JavaScript writes it need not be a SQL one. A range beyond float32 ends at its edge. */
function literal(value: number): string {
  const largest = 3.4028234663852886e38;
  return `'${String(Math.min(Math.max(value, -largest), largest))}'::FLOAT`;
}

function selectVariant(
  features: readonly string[],
  { variant, from, inputOf }: { variant: string; from: string; inputOf: (index: number) => string },
): string {
  const inputs = features.map((name, index) => `${inputOf(index)} AS ${sqlName(name)}`);
  return `SELECT (${variant})::INTEGER AS ${VARIANT}, place AS ${PLACE}, label, row_weight AS ${WEIGHT}, ${inputs.join(', ')} FROM ${from}`;
}

async function copyStacked(
  connection: DuckDBConnection,
  features: readonly string[],
  variants: readonly string[],
  outputPath: string,
): Promise<void> {
  const unchanged = selectVariant(features, { variant: '0', from: 'unchanged', inputOf: input });
  await connection.run(`COPY (${[unchanged, ...variants].join(' UNION ALL ')}) TO ${sqlString(outputPath)} ${SCRATCH}`);
}

export async function measureVariants(
  connection: DuckDBConnection,
  args: Args<'measureVariants'>,
): Promise<readonly VariantScores[]> {
  await createScored(connection, args);
  const { decisionThreshold, metric } = args;
  const flips = decisionThreshold === null ? 'NULL' : `count(*) FILTER (${flipped(decisionThreshold)})`;
  const counted = await queryRows<Omit<VariantScores, 'metric'>>(
    connection,
    `SELECT v.variant, count(*) AS rows, count(*) FILTER (NOT isfinite(v.score)) AS "badScores", ${flips} AS flips,
            fsum(v.score) FILTER (isfinite(v.score)) / nullif(count(*) FILTER (isfinite(v.score)), 0) AS "meanScore"
     FROM scored AS v JOIN (SELECT place, score FROM scored WHERE variant = 0) AS u USING (place)
     GROUP BY v.variant ORDER BY v.variant`,
  );
  const measured = await measureMetrics(connection, {
    relation: `(SELECT * FROM scored WHERE variant NOT IN (SELECT variant FROM scored WHERE NOT isfinite(score)))`,
    label: 'label',
    score: 'score',
    weight: 'weight',
    group: 'variant',
    metrics: [metric],
    threshold: decisionThreshold,
    ...args.decision,
  });
  return counted.map((variant) => ({
    ...variant,
    metric: metricIn(measured.get(variant.variant)?.metrics ?? {}, metric).value,
  }));
}

/** Scores stand in the order of the stacked rows. A missing score is a bad one. */
async function createScored(
  connection: DuckDBConnection,
  { stackedPath, scoredPath }: Args<'measureVariants'>,
): Promise<void> {
  await connection.run(`
    CREATE TABLE scored AS
    SELECT variant, place, label, weight, coalesce(score::DOUBLE, 'NaN'::DOUBLE) AS score
    FROM (SELECT ${VARIANT} AS variant, ${PLACE} AS place, label, ${WEIGHT} AS weight FROM ${readParquet([stackedPath])})
    POSITIONAL JOIN (SELECT score FROM ${readParquet([scoredPath])})`);
}

/** A row without a usable score has no decision any more. */
function flipped(threshold: number): string {
  const limit = `'${String(threshold)}'::DOUBLE`;
  return `NOT isfinite(v.score) OR (v.score >= ${limit}) IS DISTINCT FROM (u.score >= ${limit})`;
}

import type { DuckDBConnection } from '@duckdb/node-api';
import { mergeShardFacts } from '../../domain/audit/window-facts.js';
import type { ModelShardFacts, ScoringEngine, ServedCount, ShardFacts } from '../../domain/shard-facts.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet } from '../duckdb/sql-text.js';
import { queryChurn } from './churn-counts.js';
import type { ChildServingModel, ShardTask } from './protocol.js';
import { listStrata, type Stratum } from './strata.js';

/**
 * Counts what an audit decides on, from the part and the files that were written for it: over all rows, or over the rows
 * of each of the two models that serve in a split.
 */
export async function queryShardFacts(
  connection: DuckDBConnection,
  task: ShardTask,
  engines: readonly ScoringEngine[],
): Promise<ShardFacts> {
  const engineOf = new Map(task.models.map(({ modelDigest }, index) => [modelDigest, engines[index] ?? 'onnx']));
  const strata: ShardFacts[] = [];
  for (const stratum of listStrata(task)) strata.push(await queryStratum(connection, task, stratum, engineOf));
  const [champion, challenger] = strata;
  if (champion === undefined) throw new RangeError('a part has at least one stratum');
  if (challenger === undefined) return champion;
  const { models, ...merged } = mergeShardFacts(mergeShardFacts(null, champion), challenger);
  return {
    ...merged,
    models: models.map(({ engines: [engine = 'onnx'], ...model }) => ({ ...model, engine })),
    cohorts: {
      champion: servedIn(champion),
      challenger: servedIn(challenger),
      withoutEntity: await countWithoutEntity(connection, task),
    },
  };
}

/** The model that serves comes first. */
function servedIn({ rowsOut, models }: ShardFacts): ServedCount {
  return { rows: rowsOut, positives: models[0]?.positives ?? 0 };
}

async function countWithoutEntity(connection: DuckDBConnection, { partPath }: ShardTask): Promise<number> {
  const sql = `SELECT count(*) - count(entity) AS rows FROM ${readParquet([partPath])}`;
  return (await queryRow<{ readonly rows: number }>(connection, sql)).rows;
}

/**
 * Files keep the order of the part, so rows are compared place by place; only where a key is not where it should be are
 * keys matched, which costs a hash table of all of them.
 */
async function queryStratum(
  connection: DuckDBConnection,
  task: ShardTask,
  stratum: Stratum,
  engineOf: ReadonlyMap<string, ScoringEngine>,
): Promise<ShardFacts> {
  const counted = await queryRow<Counted>(connection, placeByPlaceSql(stratum));
  const [rowsIn, rowsOut] = [numberOf(counted, 'rowsIn'), numberOf(counted, 'rowsOut')];
  const inPlace = numberOf(counted, 'misplaced') === 0 && rowsIn === rowsOut;
  const keys = inPlace ? { missingKeys: 0, extraKeys: 0, duplicateKeys: 0 } : await queryKeys(connection, stratum);
  const models: ModelShardFacts[] = [];
  for (const [index, serving] of stratum.models.entries()) {
    const engine = engineOf.get(serving.modelDigest) ?? 'onnx';
    models.push(await readModelFacts(connection, serving, engine, counted, index));
  }
  return { rowsIn, rowsOut, ...keys, models, churn: await queryChurn(connection, task, stratum) };
}

/** A row that only one of the files has is null on the side of the other. */
function placeByPlaceSql({ rows, models }: Stratum): string {
  const files = models.map(
    ({ outputPath }, index) => `(SELECT row_key, score, decision FROM ${readParquet([outputPath])}) m${String(index)}`,
  );
  const misplaced = models.map((_model, index) => `p.row_key IS DISTINCT FROM m${String(index)}.row_key`);
  return `
    SELECT count(p.row_key) AS "rowsIn", count(m0.row_key) AS "rowsOut",
           count(*) FILTER (${misplaced.join(' OR ')}) AS misplaced,
           ${models.map((serving, index) => modelSql(serving, index)).join(', ')}
    FROM (SELECT row_key FROM ${rows}) p POSITIONAL JOIN ${files.join(' POSITIONAL JOIN ')}`;
}

/** Plain sums over all rows cost a fraction of filtered ones, and are right wherever every score is finite. */
function modelSql(serving: ChildServingModel, index: number): string {
  const k = String(index);
  return `
    coalesce(sum(m${k}.decision::INTEGER), 0)::BIGINT AS positives${k},
    (count(m${k}.row_key) - count(m${k}.score) + coalesce(sum((NOT isfinite(m${k}.score))::INTEGER), 0))::BIGINT AS nonFinite${k},
    ${scoresSql(serving, `m${k}.score`, k)}`;
}

/** On one thread, in file order: the same rows give the same bits. */
function scoresSql({ scoreCuts }: ChildServingModel, score: string, suffix: string): string {
  const cuts = edgesOf(scoreCuts)
    .map((edge) => `'${String(edge)}'::FLOAT`)
    .join(', ');
  const bins = scoreCuts.length === 0 ? `'[]'` : `to_json(map_values(histogram(${score}, [${cuts}])))::VARCHAR`;
  return `count(${score}) AS scored${suffix}, coalesce(sum(${score}::DOUBLE), 0) AS sum${suffix},
          min(${score})::DOUBLE AS min${suffix}, max(${score})::DOUBLE AS max${suffix}, ${bins} AS bins${suffix}`;
}

/** Cuts as float32, each once: two cuts between neighbouring float32 numbers have no score between them. */
function edgesOf(scoreCuts: readonly number[]): readonly number[] {
  return [...new Set(scoreCuts.map(floorToFloat32))];
}

/**
 * The largest float32 that is not above a number: a float32 score is at most a cut if it is at most that, and comparing
 * in float32 is half the work.
 */
function floorToFloat32(value: number): number {
  const nearest = Math.fround(value);
  if (nearest <= value) return nearest;
  if (nearest === 0) return -(2 ** -149);
  // Floats of one sign are ordered as their bits are: one less is nearer to zero, one more is farther from it.
  const bits = new Int32Array(Float32Array.of(nearest).buffer);
  bits[0] = (bits[0] ?? 0) + (nearest > 0 ? -1 : 1);
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
}

type Counted = Readonly<Record<string, number | string | null>>;

async function readModelFacts(
  connection: DuckDBConnection,
  serving: ChildServingModel,
  engine: ScoringEngine,
  counted: Counted,
  index: number,
): Promise<ModelShardFacts> {
  const nonFinite = numberOf(counted, `nonFinite${String(index)}`);
  const scores =
    nonFinite === 0 ? readScores(serving, counted, String(index)) : await queryFiniteScores(connection, serving);
  const positives = numberOf(counted, `positives${String(index)}`);
  return { modelDigest: serving.modelDigest, engine, positives, nonFinite, ...scores };
}

type FiniteScores = Pick<ModelShardFacts, 'sum' | 'min' | 'max' | 'binCounts'>;

/** Rare, and then the window is held: the numbers of the scores that are numbers. */
async function queryFiniteScores(connection: DuckDBConnection, serving: ChildServingModel): Promise<FiniteScores> {
  const finite = `${readParquet([serving.outputPath])} WHERE isfinite(score)`;
  const counted = await queryRow<Counted>(connection, `SELECT ${scoresSql(serving, 'score', '')} FROM ${finite}`);
  return readScores(serving, counted, '');
}

/** The counts up to each cut come from the engine; above the last one is what is left. */
function readScores({ scoreCuts }: ChildServingModel, counted: Counted, suffix: string): FiniteScores {
  const scored = numberOf(counted, `scored${suffix}`);
  const found = JSON.parse(String(counted[`bins${suffix}`] ?? '[]')) as readonly number[];
  const edges = edgesOf(scoreCuts);
  const upToCuts = scoreCuts.map((cut, place) => {
    const edge = floorToFloat32(cut);
    const isRepeated = place > 0 && floorToFloat32(scoreCuts[place - 1] ?? Number.NaN) === edge;
    return isRepeated ? 0 : (found[edges.indexOf(edge)] ?? 0);
  });
  const isEmpty = scored === 0;
  return {
    sum: numberOf(counted, `sum${suffix}`),
    min: isEmpty ? null : numberOf(counted, `min${suffix}`),
    max: isEmpty ? null : numberOf(counted, `max${suffix}`),
    binCounts: [...upToCuts, scored - upToCuts.reduce((sum, count) => sum + count, 0)],
  };
}

function numberOf(counted: Counted, name: string): number {
  return Number(counted[name] ?? 0);
}

type KeyFaults = Pick<ShardFacts, 'missingKeys' | 'extraKeys' | 'duplicateKeys'>;

/** Keys of the part and of every file that was written for it against each other. */
async function queryKeys(connection: DuckDBConnection, { rows, models }: Stratum): Promise<KeyFaults> {
  const faults = { missingKeys: 0, extraKeys: 0, duplicateKeys: 0 };
  for (const { outputPath } of models) {
    const found = await queryRow<KeyFaults>(connection, keysSql(rows, outputPath));
    faults.missingKeys += found.missingKeys;
    faults.extraKeys += found.extraKeys;
    faults.duplicateKeys += found.duplicateKeys;
  }
  return faults;
}

function keysSql(rows: string, outputPath: string): string {
  return `
    WITH k AS (
      SELECT row_key, sum(i)::BIGINT AS rows_in, sum(o)::BIGINT AS rows_out
      FROM (SELECT row_key, 1 AS i, 0 AS o FROM ${rows}
            UNION ALL SELECT row_key, 0, 1 FROM ${readParquet([outputPath])})
      GROUP BY row_key)
    SELECT count(*) FILTER (rows_out = 0) AS "missingKeys", count(*) FILTER (rows_in = 0) AS "extraKeys",
           coalesce(sum(greatest(rows_out - 1, 0)), 0)::BIGINT AS "duplicateKeys"
    FROM k`;
}

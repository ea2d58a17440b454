import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelShardFacts, ScoringEngine, ShardFacts } from '../../domain/shard-facts.js';
import { queryRow } from '../duckdb/connection.js';
import { readParquet } from '../duckdb/sql-text.js';
import { queryChurn } from './churn-counts.js';
import type { ChildServingModel, ShardTask } from './protocol.js';

/**
 * Counts what an audit decides on, from the part and the files that were written for it. Files keep the order of the
 * part, so rows are compared place by place; only where a key is not where it should be are keys matched, which costs a
 * hash table of all of them.
 */
export async function queryShardFacts(
  connection: DuckDBConnection,
  task: ShardTask,
  engines: readonly ScoringEngine[],
): Promise<ShardFacts> {
  const counted = await queryRow<Record<string, number | null>>(connection, placeByPlaceSql(task));
  const count = (name: string): number => counted[name] ?? 0;
  const inPlace = count('misplaced') === 0 && count('rowsIn') === count('rowsOut');
  const keys = inPlace ? { missingKeys: 0, extraKeys: 0, duplicateKeys: 0 } : await queryKeys(connection, task);
  return {
    rowsIn: count('rowsIn'),
    rowsOut: count('rowsOut'),
    ...keys,
    models: task.models.map((serving, index) => readModelFacts(serving, engines[index] ?? 'onnx', counted, index)),
    churn: await queryChurn(connection, task),
  };
}

/** A row that only one of the files has is null on the side of the other. */
function placeByPlaceSql(task: ShardTask): string {
  const files = task.models.map(({ outputPath }, index) => `${readParquet([outputPath])} m${String(index)}`);
  const misplaced = task.models.map((_model, index) => `p.row_key IS DISTINCT FROM m${String(index)}.row_key`);
  return `
    SELECT count(p.row_key) AS "rowsIn", count(m0.row_key) AS "rowsOut",
           count(*) FILTER (${misplaced.join(' OR ')}) AS misplaced,
           ${task.models.flatMap((serving, index) => modelSql(serving, index)).join(', ')}
    FROM (SELECT row_key FROM ${readParquet([task.partPath])}) p POSITIONAL JOIN ${files.join(' POSITIONAL JOIN ')}`;
}

/** Sums on one thread, in file order: the same rows give the same bits. */
function modelSql({ scoreCuts }: ChildServingModel, index: number): readonly string[] {
  const k = String(index);
  const score = `m${k}.score::DOUBLE`;
  const finite = `isfinite(m${k}.score)`;
  // Compared in float32, which is half the work: a score is at most a cut if it is at most the float32 below it.
  const cuts = scoreCuts.map(
    (cut, place) =>
      `count(*) FILTER (m${k}.score <= '${String(floorToFloat32(cut))}'::FLOAT) AS upTo${String(place)}_${k}`,
  );
  return [
    `count(*) FILTER (m${k}.decision) AS positives${k}`,
    `count(*) FILTER (NOT coalesce(${finite}, false) AND m${k}.row_key IS NOT NULL) AS nonFinite${k}`,
    `count(*) FILTER (${finite}) AS finite${k}`,
    `coalesce(sum(${score}) FILTER (${finite}), 0) AS sum${k}`,
    `min(${score}) FILTER (${finite}) AS min${k}`,
    `max(${score}) FILTER (${finite}) AS max${k}`,
    ...cuts,
  ];
}

/** The largest float32 that is not above a number. */
function floorToFloat32(value: number): number {
  const nearest = Math.fround(value);
  if (nearest <= value) return nearest;
  const bits = new Int32Array(Float32Array.of(nearest).buffer);
  // Floats of one sign are ordered as their bits are: one less towards zero, one more away from it.
  bits[0] = (bits[0] ?? 0) + (nearest > 0 ? -1 : 1);
  return nearest === 0 ? -(2 ** -149) : (new Float32Array(bits.buffer)[0] ?? Number.NaN);
}

function readModelFacts(
  { modelDigest, scoreCuts }: ChildServingModel,
  engine: ScoringEngine,
  counted: Record<string, number | null>,
  index: number,
): ModelShardFacts {
  const read = (name: string) => counted[`${name}${String(index)}`] ?? null;
  const upTo = scoreCuts.map((_cut, place) => read(`upTo${String(place)}_`) ?? 0);
  const cumulative = [...upTo, read('finite') ?? 0];
  return {
    modelDigest,
    engine,
    positives: read('positives') ?? 0,
    nonFinite: read('nonFinite') ?? 0,
    sum: read('sum') ?? 0,
    min: read('min'),
    max: read('max'),
    // Minus infinity is at most every cut, and is in no bin.
    binCounts: cumulative.map((total, place) => Math.max(0, total - (cumulative[place - 1] ?? 0))),
  };
}

/** Keys of the part and of the served file against each other. */
function queryKeys(
  connection: DuckDBConnection,
  task: ShardTask,
): Promise<Pick<ShardFacts, 'missingKeys' | 'extraKeys' | 'duplicateKeys'>> {
  const served = readParquet(task.models.slice(0, 1).map(({ outputPath }) => outputPath));
  return queryRow(
    connection,
    `WITH k AS (
       SELECT row_key, sum(i)::BIGINT AS rows_in, sum(o)::BIGINT AS rows_out
       FROM (SELECT row_key, 1 AS i, 0 AS o FROM ${readParquet([task.partPath])}
             UNION ALL SELECT row_key, 0, 1 FROM ${served})
       GROUP BY row_key)
     SELECT count(*) FILTER (rows_out = 0) AS "missingKeys", count(*) FILTER (rows_in = 0) AS "extraKeys",
            coalesce(sum(greatest(rows_out - 1, 0)), 0)::BIGINT AS "duplicateKeys"
     FROM k`,
  );
}

import type { DuckDBConnection } from '@duckdb/node-api';
import type { RolloutComparer } from '../../activities/ports/rollout-comparer.js';
import { queryRow, withDuckDb } from './connection.js';
import { compareWindow } from './rollout-window.js';
import { readParquet } from './sql-text.js';

export interface RolloutComparerOptions {
  /** Parent of DuckDB's spill folders. */
  readonly tempDirectory: string;
  readonly memoryLimitMb: number;
}

/** Compares the sides of a rollout on one thread: the sums are evidence, and the same rows have to give the same ones. */
export function createRolloutComparer(options: RolloutComparerOptions): RolloutComparer {
  const settings = { ...options, threads: 1 };
  return {
    compareWindow: (comparison) => {
      const { challengerPaths, championPaths, labelledParts } = comparison;
      const allowed = [...challengerPaths, ...championPaths, ...labelledParts];
      return withDuckDb({ ...settings, allowed }, (connection) => compareWindow(connection, comparison));
    },
    countCohort: (args) => {
      const allowed = [...args.challengerPaths, ...args.championPaths, ...args.snapshotParts];
      return withDuckDb({ ...settings, allowed }, (connection) => countCohort(connection, args));
    },
  };
}

type CohortArgs = Parameters<RolloutComparer['countCohort']>[0];
type Counted = Awaited<ReturnType<RolloutComparer['countCohort']>>;

async function countCohort(connection: DuckDBConnection, args: CohortArgs): Promise<Counted> {
  const { challengerPaths, championPaths, snapshotParts } = args;
  const keys = (paths: readonly string[], side: number) =>
    paths.length === 0 ? [] : [`SELECT row_key, ${String(side)} AS side FROM ${readParquet(paths)}`];
  const served = [...keys(championPaths, 0), ...keys(challengerPaths, 1)].join(' UNION ALL ');
  if (served === '' || snapshotParts.length === 0)
    return { rows: 0, challengerRows: 0, entities: 0, challengerEntities: 0, sharedEntities: 0 };
  return queryRow<Counted>(
    connection,
    `WITH entity_served AS (
       SELECT entity, count(*) AS rows, sum(side) AS challenger_rows, max(side) AS most, min(side) AS least
       FROM (${served}) s JOIN (SELECT row_key, entity::VARCHAR AS entity FROM ${readParquet(snapshotParts)}) p USING (row_key)
       GROUP BY entity)
     SELECT coalesce(sum(rows), 0)::BIGINT AS rows, coalesce(sum(challenger_rows), 0)::BIGINT AS "challengerRows",
       count(entity) AS entities, count(entity) FILTER (most = 1) AS "challengerEntities",
       count(entity) FILTER (most = 1 AND least = 0) AS "sharedEntities"
     FROM entity_served`,
  );
}

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator } from '../../../activities/ports/evaluation.js';
import type { GroupDecisions, SensitiveGroup } from '../../../domain/gates/probes.js';
import { queryRows } from '../connection.js';
import { checkRows, createComparedTable } from '../evaluation-table.js';

interface CountedGroup {
  /** Which set of columns it is of. */
  readonly chosen: number;
  readonly rows: number;
  readonly positives: number;
  readonly championSelected: number;
  readonly championRight: number;
  readonly challengerSelected: number;
  readonly challengerRight: number;
  readonly [value: `slice_${number}`]: string | null;
}

/** Counts rows, not weights: how many people are treated how does not depend on what a row is worth. */
export async function measureGroups(
  connection: DuckDBConnection,
  args: Parameters<Evaluator['measureGroups']>[0],
): Promise<readonly SensitiveGroup[]> {
  const { files, columnSets, championThreshold, challengerThreshold } = args;
  if (columnSets.length === 0) return [];
  const columns = [...new Set(columnSets.flat())];
  await createComparedTable(connection, files, columns);
  await checkRows(connection, 'binary');
  const sets = columnSets.map((set) => set.map((column) => columns.indexOf(column)));
  const groups = await queryRows<CountedGroup>(
    connection,
    countsSql(sets, columns.length, { champion: championThreshold, challenger: challengerThreshold }),
  );
  const decisions = (threshold: number | null, selected: number, right: number): GroupDecisions | null =>
    threshold === null ? null : { selected, truePositives: right, falsePositives: selected - right };
  return groups.map((group) => ({
    columns: columnSets[group.chosen] ?? [],
    values: (sets[group.chosen] ?? []).map((column) => group[`slice_${column}`] ?? null),
    rows: group.rows,
    positives: group.positives,
    champion: decisions(championThreshold, group.championSelected, group.championRight),
    challenger: decisions(challengerThreshold, group.challengerSelected, group.challengerRight),
  }));
}

/** One pass over the rows for all sets of columns. */
function countsSql(
  sets: readonly (readonly number[])[],
  columnCount: number,
  thresholds: Readonly<Record<'champion' | 'challenger', number | null>>,
): string {
  const names = Array.from({ length: columnCount }, (_, column) => `slice_${String(column)}`);
  const decided = (side: 'champion' | 'challenger') =>
    thresholds[side] === null ? 'false' : `${side}::DOUBLE >= '${String(thresholds[side])}'::DOUBLE`;
  const counts = (['champion', 'challenger'] as const).map(
    (side) => `count(*) FILTER (${decided(side)}) AS "${side}Selected",
      count(*) FILTER (${decided(side)} AND label = 1) AS "${side}Right"`,
  );
  const groupings = sets.map((set) => `(${set.map((column) => `slice_${String(column)}`).join(', ')})`);
  // GROUPING has a bit for each column, the first one highest, which is set where the column is not grouped by.
  const maskOf = (set: readonly number[]) =>
    names.reduce((mask, _, column) => mask * 2 + (set.includes(column) ? 0 : 1), 0);
  const chosen = sets.map((set, index) => `WHEN ${String(maskOf(set))} THEN ${String(index)}`);
  return `SELECT CASE GROUPING(${names.join(', ')}) ${chosen.join(' ')} END AS chosen, ${names.join(', ')},
      count(*) AS rows, count(*) FILTER (label = 1) AS positives, ${counts.join(', ')}
    FROM compared GROUP BY GROUPING SETS (${groupings.join(', ')})
    ORDER BY chosen, ${names.map((name) => `${name} NULLS LAST`).join(', ')}`;
}

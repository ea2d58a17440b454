import type { DuckDBConnection } from '@duckdb/node-api';
import type { WindowComparison } from '../../activities/ports/rollout-comparer.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { RowLoss } from '../../domain/rollout/rollout-policy.js';
import type { SideSums, WindowSums } from '../../domain/rollout/analysis.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import { queryRow, queryRows } from './connection.js';
import { readParquet } from './sql-text.js';

type Side = 'challenger' | 'champion';

/** Joins both sides' scores and the labels by row key, and adds up what a look decides on. */
export async function compareWindow(connection: DuckDBConnection, comparison: WindowComparison): Promise<WindowSums> {
  await createPairs(connection, comparison);
  await checkPairs(connection, comparison);
  const sums = await queryRow<Record<string, number | null>>(connection, sumsSql(comparison));
  const hasClasses = comparison.labelKind === 'binary';
  const side = async (name: Side): Promise<SideSums> => ({
    meanLoss: sums[`${name}Loss`] ?? null,
    decisions: hasClasses && comparison.labelledParts.length > 0 ? decisionsOf(sums, name) : null,
    bins: await countBins(connection, name, comparison.scoreCuts[name]),
  });
  return roundNumbers<WindowSums>({
    rows: sums['rows'] ?? 0,
    labelledRows: sums['labelledRows'] ?? 0,
    weight: sums['weight'] ?? 0,
    decisionsDiffer: sums['decisionsDiffer'] ?? 0,
    challenger: await side('challenger'),
    champion: await side('champion'),
  });
}

async function createPairs(connection: DuckDBConnection, comparison: WindowComparison): Promise<void> {
  const { challengerPaths, championPaths, labelledParts, isWeighted } = comparison;
  const weight = isWeighted ? 'max(weight)::DOUBLE' : '1::DOUBLE';
  const labelled =
    labelledParts.length === 0
      ? 'SELECT NULL::VARCHAR AS row_key, NULL::DOUBLE AS label, NULL::DOUBLE AS weight WHERE false'
      : `SELECT row_key, max(label)::DOUBLE AS label, ${weight} AS weight
         FROM ${readParquet(labelledParts)} WHERE label IS NOT NULL GROUP BY row_key`;
  const scored = (paths: readonly string[]) =>
    `(SELECT row_key, score::DOUBLE AS score, decision FROM ${readParquet(paths)})`;
  await connection.run(
    `CREATE TEMP TABLE pairs AS
     SELECT a.row_key IS NOT NULL AS by_challenger, b.row_key IS NOT NULL AS by_champion, l.label, l.weight,
       a.score AS challenger, b.score AS champion,
       a.decision AS challenger_decides, b.decision AS champion_decides
     FROM ${scored(challengerPaths)} a FULL JOIN ${scored(championPaths)} b USING (row_key)
     LEFT JOIN (${labelled}) l ON l.row_key = coalesce(a.row_key, b.row_key)`,
  );
}

/** Rows that only one side has, and labels and weights that cannot be used, are no evidence for anything. */
async function checkPairs(connection: DuckDBConnection, { labelKind, loss }: WindowComparison): Promise<void> {
  const isLabel = labelKind === 'binary' ? 'label IN (0, 1)' : 'isfinite(label)';
  const isScore = (name: Side) => `isfinite(${name})${loss === 'logLoss' ? ` AND ${name} BETWEEN 0 AND 1` : ''}`;
  const found = await queryRow<Record<'rows' | 'single' | 'labels' | 'weights' | 'scores', number>>(
    connection,
    `SELECT count(*) AS rows, count(*) FILTER (NOT (by_challenger AND by_champion)) AS single,
       count(*) FILTER (label IS NOT NULL AND NOT ${isLabel}) AS labels,
       count(*) FILTER (label IS NOT NULL AND (weight IS NULL OR NOT isfinite(weight) OR weight < 0)) AS weights,
       count(*) FILTER (NOT coalesce(${isScore('challenger')} AND ${isScore('champion')}, false)) AS scores
     FROM pairs`,
  );
  const counted = (field: string, bad: number, expected: string) =>
    bad === 0 ? [] : [{ field, found: `${String(bad)} of ${String(found.rows)} rows`, expected }];
  const problems =
    found.single > 0
      ? counted('row_key', found.single, 'every row scored by both sides')
      : [
          ...counted('label', found.labels, labelKind === 'binary' ? 'labels 0 or 1' : 'finite labels'),
          ...counted('weight', found.weights, 'finite weights of at least zero'),
          ...counted('score', found.scores, loss === 'logLoss' ? 'scores from 0 to 1' : 'finite scores'),
        ];
  if (problems.length > 0) throw new PermanentFailure('BAD_DATA', 'the window cannot be compared', { problems });
}

/** On one thread, so that the same rows give the same sums. */
function sumsSql({ loss }: WindowComparison): string {
  const decisions = (name: Side) => {
    const cell = (decides: string, label: number) =>
      `coalesce(fsum(weight) FILTER (${decides} ${name}_decides AND label = ${String(label)}), 0)`;
    return `${cell('', 1)} AS "${name}TruePositive", ${cell('', 0)} AS "${name}FalsePositive",
       ${cell('NOT', 0)} AS "${name}TrueNegative", ${cell('NOT', 1)} AS "${name}FalseNegative"`;
  };
  const meanLoss = (name: Side) =>
    `fsum(weight * ${lossSql(loss, name)}) FILTER (label IS NOT NULL) /
       nullif(fsum(weight) FILTER (label IS NOT NULL), 0) AS "${name}Loss"`;
  return `SELECT count(*) AS rows, count(label) AS "labelledRows", coalesce(fsum(weight), 0) AS weight,
       count(*) FILTER (challenger_decides IS DISTINCT FROM champion_decides) AS "decisionsDiffer",
       ${meanLoss('challenger')}, ${meanLoss('champion')}, ${decisions('challenger')}, ${decisions('champion')}
     FROM pairs`;
}

/** Scores of 0 and 1 are sure of what they say, so log loss clips them by 1e-15, as the metrics do. */
function lossSql(loss: RowLoss, score: string): string {
  switch (loss) {
    case 'brier':
    case 'squaredError':
      return `(${score} - label) * (${score} - label)`;
    case 'absoluteError':
      return `abs(${score} - label)`;
    case 'logLoss':
      return `-(CASE WHEN label = 1 THEN ln(greatest(${score}, 1e-15)) ELSE ln(greatest(1 - ${score}, 1e-15)) END)`;
  }
}

function decisionsOf(sums: Record<string, number | null>, name: Side): NonNullable<SideSums['decisions']> {
  const cell = (kind: string) => sums[`${name}${kind}`] ?? 0;
  return {
    truePositive: cell('TruePositive'),
    falsePositive: cell('FalsePositive'),
    trueNegative: cell('TrueNegative'),
    falseNegative: cell('FalseNegative'),
  };
}

/** Bin k holds cuts[k-1] < score <= cuts[k]. */
async function countBins(
  connection: DuckDBConnection,
  side: Side,
  cuts: readonly number[],
): Promise<readonly number[]> {
  const bin = cuts.map((cut) => `(${side} > ${String(cut)}::DOUBLE)::INTEGER`).join(' + ');
  const found = await queryRows<{ bin: number; rows: number }>(
    connection,
    `SELECT ${bin === '' ? '0' : bin} AS bin, count(*) AS rows FROM pairs GROUP BY 1`,
  );
  return Array.from({ length: cuts.length + 1 }, (_, k) => found.find((counted) => counted.bin === k)?.rows ?? 0);
}

import type { TrainingProfile } from '../../domain/model-bundle.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { readParquet } from '../duckdb/sql-text.js';

/**
 * The decision threshold and the profile of a version's validation scores. The threshold is the score that calls
 * `decisionRate` of the rows positive: the (1 - rate) quantile, taken from the scores themselves.
 */
export async function summariseScores(args: {
  readonly scoredPath: string;
  readonly decisionRate: number;
  readonly tempDirectory: string;
}): Promise<{ readonly threshold: number; readonly profile: TrainingProfile['scores'] }> {
  const settings = { allowed: [args.scoredPath], tempDirectory: args.tempDirectory, threads: 1, memoryLimitMb: 512 };
  return withDuckDb(settings, async (connection) => {
    const source = readParquet([args.scoredPath]);
    const deciles = Array.from(
      { length: 9 },
      (_, k) => `quantile_disc(score::DOUBLE, ${String((k + 1) / 10)}) AS q${String(k + 1)}`,
    );
    const row = await queryRow<Record<string, number>>(
      connection,
      `SELECT fsum(score::DOUBLE) / count(*) AS mean, quantile_disc(score::DOUBLE, ${String(1 - args.decisionRate)}) AS threshold, ${deciles.join(', ')} FROM ${source}`,
    );
    const cuts = [...new Set(Array.from({ length: 9 }, (_, k) => row[`q${String(k + 1)}`] ?? 0))];
    const counts = cuts.map((cut, k) => `count(*) FILTER (score::DOUBLE <= ${String(cut)}) AS c${String(k)}`);
    const below = await queryRow<Record<string, number>>(
      connection,
      `SELECT count(*) AS n, ${counts.join(', ')} FROM ${source}`,
    );
    const rows = below['n'] ?? 0;
    const cumulative = [...cuts.map((_, k) => below[`c${String(k)}`] ?? 0), rows];
    const shares = cumulative.map((upTo, k) => (upTo - (k === 0 ? 0 : (cumulative[k - 1] ?? 0))) / rows);
    return {
      threshold: row['threshold'] ?? Number.NaN,
      profile: { mean: row['mean'] ?? Number.NaN, cuts, shares, rows },
    };
  });
}

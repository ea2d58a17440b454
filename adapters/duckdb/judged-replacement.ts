import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from './connection.js';
import { readParquet, sqlString } from './sql-text.js';

/** Both sides of a replaced window, on the rows of it whose labels are known. */
export interface JudgedReplacement {
  readonly rows: number;
  /** Rows whose label is 1. */
  readonly positives: number;
  readonly before: JudgedSide;
  readonly after: JudgedSide;
}

export interface JudgedSide {
  /** Mean squared distance of score and label, 0..1; null without rows. */
  readonly brier: number | null;
  /** Decisions that came true. */
  readonly right: number;
}

/** A window as it is served now, what was corrected in it, and its labels of 0 and 1. */
export interface ReplacedWindowFiles {
  readonly window: string;
  readonly servedPaths: readonly string[];
  readonly correctionPath: string;
  readonly labelledParts: readonly string[];
}

/** Who was right in a replaced window: rows that are not in the correction file had the same score before as they have now. */
export async function judgeReplacement(
  connection: DuckDBConnection,
  { window, servedPaths, correctionPath, labelledParts }: ReplacedWindowFiles,
): Promise<JudgedReplacement> {
  const sums = await queryRow<Readonly<Record<'rows' | 'positives' | 'rightBefore' | 'rightAfter', number>> & Losses>(
    connection,
    `WITH judged AS (
       SELECT l.label::DOUBLE AS y, coalesce(c.old_score, s.score)::DOUBLE AS before, s.score::DOUBLE AS after,
              coalesce(c.old_decision, s.decision) AS decided_before, s.decision AS decided_after
       FROM ${readParquet(servedPaths)} s
       JOIN (SELECT row_key, label FROM ${readParquet(labelledParts)} WHERE label IS NOT NULL) l USING (row_key)
       LEFT JOIN (FROM ${readParquet([correctionPath])} WHERE "window" = ${sqlString(window)}) c USING (row_key))
     SELECT count(*) AS rows, count(*) FILTER (y = 1) AS positives,
            fsum((before - y) ^ 2) / count(*) AS "brierBefore", fsum((after - y) ^ 2) / count(*) AS "brierAfter",
            count(*) FILTER (decided_before = (y = 1)) AS "rightBefore",
            count(*) FILTER (decided_after = (y = 1)) AS "rightAfter"
     FROM judged`,
  );
  const { rows, positives } = sums;
  return {
    rows,
    positives,
    before: { brier: sums.brierBefore, right: sums.rightBefore },
    after: { brier: sums.brierAfter, right: sums.rightAfter },
  };
}

type Losses = Readonly<Record<'brierBefore' | 'brierAfter', number | null>>;

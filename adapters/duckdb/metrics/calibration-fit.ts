import type { DuckDBConnection } from '@duckdb/node-api';
import { LOG_LOSS_CLIP } from '../../../domain/statistics/score-pass.js';
import { queryRows } from '../connection.js';
import { fractionOf, unitsOf } from './fixed-point.js';
import { fitCells, type LogOddsSums } from './log-odds-sums.js';
import { advance, hasSettled, isLost, nextLine, startAt, type FitSums, type Line, type Position } from './newton.js';
import type { CountedRows } from './ordered-rows.js';
import type { RankSums } from './rank-sums.js';

/** Logistic recalibration of a group: the label's log odds as intercept + slope · log odds of the score. */
export type CalibrationFit =
  (Line & { readonly reason: null }) | { readonly slope: null; readonly intercept: null; readonly reason: string };

const MAX_STEPS = 100;

/** A group on its way. */
interface Search {
  readonly total: number;
  readonly position: Position;
}

/**
 * Fits all groups together by maximum likelihood without a penalty. The search starts from the fit of the cells, which
 * is so close that one query over the rows is the last step of nearly every group. A group has a finite fit exactly
 * where its classes overlap in more than one score.
 */
export async function fitCalibration(
  connection: DuckDBConnection,
  rows: CountedRows,
  groups: readonly Pick<RankSums, 'group' | 'total' | 'logOdds'>[],
): Promise<ReadonlyMap<number, CalibrationFit>> {
  const fits = new Map<number, CalibrationFit>();
  const open = new Map<number, Search>();
  for (const { group, total, logOdds } of groups) {
    const { code, outside } = group;
    if (logOdds === null || outside > 0 || logOdds.ones === 0 || logOdds.zeros === 0) continue;
    const reason = noFitReason(logOdds);
    if (reason === null) open.set(code, { total, position: startAt(fitCells(logOdds)) });
    else fits.set(code, noFit(reason));
  }
  for (let taken = 0; open.size > 0; taken += 1) {
    for (const { code, ...sums } of await queryRows<FitSums & { code: number }>(connection, stepSql(rows, open))) {
      const { total, position: before } = open.get(code) ?? noGroup();
      const position = advance(before, sums);
      const fit = fitAt(position, taken);
      if (fit === null) open.set(code, { total, position });
      else {
        fits.set(code, fit);
        open.delete(code);
      }
    }
  }
  return fits;
}

function noFit(reason: string): CalibrationFit {
  return { slope: null, intercept: null, reason };
}

function noFitReason({ lowestOne, highestOne, lowestZero, highestZero }: LogOddsSums): string | null {
  if (Math.min(lowestOne, lowestZero) === Math.max(highestOne, highestZero)) return 'all scores are the same';
  if (lowestOne >= highestZero || highestOne <= lowestZero) return 'the scores separate the labels completely';
  return null;
}

/** Null while there are more steps to take. */
function fitAt(position: Position, taken: number): CalibrationFit | null {
  if (isLost(position) || taken === MAX_STEPS) return noFit('the recalibration does not settle');
  return hasSettled(position) ? { ...nextLine(position), reason: null } : null;
}

/** The sums of each group at the end of its step. */
function stepSql({ sql }: CountedRows, searches: ReadonlyMap<number, Search>): string {
  const values = [...searches].map(([code, { total, position }]) => {
    const { intercept, slope } = nextLine(position);
    return `(${[code, `${String(intercept)}::DOUBLE`, `${String(slope)}::DOUBLE`, `${String(total)}::DOUBLE`].join(', ')})`;
  });
  const sum = (term: string) => fractionOf(unitsOf(term));
  return `WITH logits AS (
      SELECT code, ln(score / (1 - score)) AS x, units, is_one FROM (
        SELECT code, ${inside('score::DOUBLE')} AS score, units, is_one FROM (${sql})
      )
    ), placed AS (
      SELECT code, x, units / total AS tied, CASE WHEN is_one THEN units / total ELSE 0 END AS ones, a + b * x AS eta
      FROM logits JOIN (VALUES ${values.join(', ')}) position(code, a, b, total) USING (code)
    ), promised AS (
      SELECT *, ones - tied * p AS missing, tied * p * (1 - p) / 4 AS steepness
      FROM (SELECT *, 1 / (1 + exp(-eta)) AS p FROM placed)
    )
    SELECT code, ${sum('ones * eta - tied * (greatest(eta, 0) + ln(1 + exp(-abs(eta))))')} AS "logLikelihood",
      ${sum('missing')} AS gradient0, ${sum('missing * x')} AS gradient1,
      ${sum('steepness')} * 4 AS hessian00, ${sum('steepness * x')} * 4 AS hessian01,
      ${sum('steepness * x * x')} * 4 AS hessian11
    FROM promised GROUP BY code ORDER BY code`;
}

/** A share held away from 0 and 1, where its log odds are infinite. */
function inside(share: string): string {
  return `least(greatest(${share}, ${String(LOG_LOSS_CLIP)}), ${String(1 - LOG_LOSS_CLIP)})`;
}

function noGroup(): never {
  throw new Error('a group was answered that was not asked for');
}

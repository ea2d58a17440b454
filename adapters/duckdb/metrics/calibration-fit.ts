import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from '../connection.js';
import { fractionOf, unitsOf } from './fixed-point.js';
import { inside, type TieTables } from './tie-table.js';

/** Logistic recalibration of a group: the label's log odds as intercept + slope · log odds of the score. */
export type CalibrationFit =
  | { readonly slope: number; readonly intercept: number; readonly reason: null }
  | { readonly slope: null; readonly intercept: null; readonly reason: string };

/** Newton's method doubles its digits with each step: after a step this small the fit is exact. */
const LAST_STEP = 1e-8;
const MAX_STEPS = 100;
/** Loss of likelihood that is more than the rounding of its sum. */
const TOLERATED_LOSS = 1e-10;

/** A point of the search with the sums that say where the next one lies. */
interface Position {
  readonly intercept: number;
  readonly slope: number;
  readonly logLikelihood: number;
  readonly step: readonly [intercept: number, slope: number];
}

interface FitSums {
  readonly code: number;
  readonly logLikelihood: number;
  readonly gradient0: number;
  readonly gradient1: number;
  readonly hessian00: number;
  readonly hessian01: number;
  readonly hessian11: number;
}

interface Candidate {
  readonly code: number;
  readonly lowest_one: number;
  readonly highest_one: number;
  readonly lowest_zero: number;
  readonly highest_zero: number;
}

/**
 * Fits all groups together by maximum likelihood without a penalty: each step is one query over the distinct scores. A
 * group has a finite fit exactly where its classes overlap in more than one score.
 */
export async function fitCalibration(
  connection: DuckDBConnection,
  tables: TieTables,
): Promise<ReadonlyMap<number, CalibrationFit>> {
  const fits = new Map<number, CalibrationFit>();
  const candidates = await listCandidates(connection, tables);
  for (const candidate of candidates) {
    const reason = noFitReason(candidate);
    if (reason !== null) fits.set(candidate.code, noFit(reason));
  }
  await createLogits(connection, tables);
  let open = await measure(
    connection,
    candidates
      .filter(({ code }) => !fits.has(code))
      .map(({ code }) => [code, { intercept: 0, slope: 0, logLikelihood: Number.NEGATIVE_INFINITY, step: [0, 0] }]),
  );
  for (let taken = 0; open.size > 0; taken += 1) {
    for (const [code, { intercept, slope, step }] of open) {
      if (!step.every(Number.isFinite) || taken === MAX_STEPS)
        fits.set(code, noFit('the recalibration does not settle'));
      else if (Math.max(...step.map(Math.abs)) < LAST_STEP) {
        fits.set(code, { intercept: intercept + step[0], slope: slope + step[1], reason: null });
      }
    }
    open = await measure(
      connection,
      [...open].filter(([code]) => !fits.has(code)),
    );
  }
  return fits;
}

function noFit(reason: string): CalibrationFit {
  return { slope: null, intercept: null, reason };
}

/** Groups with both classes, by the extremes of their scores where those are probabilities. */
function listCandidates(connection: DuckDBConnection, { groups }: TieTables): Promise<readonly Candidate[]> {
  const columns = ['lowest_one', 'highest_one', 'lowest_zero', 'highest_zero'];
  return queryRows<Candidate>(
    connection,
    `SELECT code, ${columns.map((name) => `${inside(name)} AS ${name}`).join(', ')}
     FROM ${groups} WHERE outside = 0 AND ones > 0 AND ones < total ORDER BY code`,
  );
}

function noFitReason({ lowest_one, highest_one, lowest_zero, highest_zero }: Candidate): string | null {
  if (Math.min(lowest_one, lowest_zero) === Math.max(highest_one, highest_zero)) return 'all scores are the same';
  if (lowest_one >= highest_zero || highest_one <= lowest_zero) return 'the scores separate the labels completely';
  return null;
}

/** Log odds of every distinct score, and the share of each class of the group's weight that has it. */
async function createLogits(connection: DuckDBConnection, { ties, groups }: TieTables): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE metric_logits AS
     SELECT code, ln(p / (1 - p)) AS x, ones::DOUBLE / total AS ones, tied::DOUBLE / total AS tied
     FROM (
       SELECT code, t.ones, t.tied, ${inside('t.score::DOUBLE')} AS p, g.total::DOUBLE AS total
       FROM ${ties} t JOIN ${groups} g USING (code) WHERE g.outside = 0 AND g.ones > 0 AND g.ones < g.total
     )`,
  );
}

/** Takes each group's step, half of it as long as that loses likelihood, and finds the next one. */
async function measure(
  connection: DuckDBConnection,
  from: readonly (readonly [code: number, Position])[],
): Promise<ReadonlyMap<number, Position>> {
  const found = new Map<number, Position>();
  let trying = new Map(from);
  while (trying.size > 0) {
    const again = new Map<number, Position>();
    for (const sums of await queryRows<FitSums>(connection, stepSql(trying))) {
      const { intercept, slope, logLikelihood, step } = trying.get(sums.code) ?? noGroup();
      const isWorse = sums.logLikelihood < logLikelihood - TOLERATED_LOSS;
      if (isWorse) again.set(sums.code, { intercept, slope, logLikelihood, step: [step[0] / 2, step[1] / 2] });
      else {
        found.set(sums.code, {
          intercept: intercept + step[0],
          slope: slope + step[1],
          logLikelihood: sums.logLikelihood,
          step: newtonStep(sums),
        });
      }
    }
    trying = again;
  }
  return found;
}

function newtonStep({ gradient0, gradient1, hessian00, hessian01, hessian11 }: FitSums): readonly [number, number] {
  const determinant = hessian00 * hessian11 - hessian01 * hessian01;
  return [
    (hessian11 * gradient0 - hessian01 * gradient1) / determinant,
    (hessian00 * gradient1 - hessian01 * gradient0) / determinant,
  ];
}

function stepSql(positions: ReadonlyMap<number, Position>): string {
  const values = [...positions].map(
    ([code, { intercept, slope, step }]) =>
      `(${String(code)}, ${String(intercept + step[0])}::DOUBLE, ${String(slope + step[1])}::DOUBLE)`,
  );
  const sum = (term: string) => fractionOf(unitsOf(term));
  return `SELECT code,
      ${sum('ones * eta - tied * (greatest(eta, 0) + ln(1 + exp(-abs(eta))))')} AS "logLikelihood",
      ${sum('ones - tied * p')} AS gradient0, ${sum('(ones - tied * p) * x')} AS gradient1,
      ${sum('tied * p * (1 - p) / 4')} * 4 AS hessian00, ${sum('tied * p * (1 - p) * x / 4')} * 4 AS hessian01,
      ${sum('tied * p * (1 - p) * x * x / 4')} * 4 AS hessian11
    FROM (SELECT code, x, ones, tied, eta, 1 / (1 + exp(-eta)) AS p
          FROM (SELECT code, x, ones, tied, a + b * x AS eta FROM metric_logits
                JOIN (VALUES ${values.join(', ')}) position(code, a, b) USING (code)))
    GROUP BY code ORDER BY code`;
}

function noGroup(): never {
  throw new Error('a group was answered that was not asked for');
}

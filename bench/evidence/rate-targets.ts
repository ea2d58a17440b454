import { judge, rounded, type Target } from '../support/bench-report.js';
import { alpha, margin, nominalCoverage, sliceLoss } from './scenarios.js';
import type { Outcome } from './simulated-judgement.js';

/** 95 % of binomial counts are not further above what is expected. */
const binomialQuantile = 1.645;

/** A share of simulated backtests, in percent. */
export function ratePercent(outcomes: readonly Outcome[], isHit: (outcome: Outcome) => boolean): number {
  return rounded((100 * outcomes.filter(isHit).length) / outcomes.length);
}

/** At most alpha, but for what chance adds to a count. */
function errorTarget(id: string, outcomes: readonly Outcome[], isHit: (outcome: Outcome) => boolean): Target {
  const allowance = binomialQuantile * Math.sqrt((alpha * (1 - alpha)) / outcomes.length);
  const target = rounded(100 * (alpha + allowance));
  return judge({ id, op: '<=', target, value: ratePercent(outcomes, isHit), unit: '%' });
}

const isAlarm = (check: string) => (outcome: Outcome) => outcome.checks[check] === 'fail';
const isPass = (check: string) => (outcome: Outcome) => outcome.checks[check] === 'pass';

/** How often what is not true is promoted, or a slice that keeps to the limit is called harmed. */
export function falseRates(equal: readonly Outcome[], inferior: readonly Outcome[]): readonly Target[] {
  return [
    errorTarget('false-promotions-superiority', equal, ({ promoted }) => promoted),
    errorTarget('false-promotions-non-inferiority', inferior, ({ promoted }) => promoted),
    errorTarget('false-alarms-over-20-slices', equal, isAlarm('worst-slice slice auc at 0')),
  ];
}

/** How often a true advantage of 2.5 standard errors is shown. */
export function powers(better: readonly Outcome[], lessInferior: readonly Outcome[]): readonly Target[] {
  const power = (id: string, outcomes: readonly Outcome[], check: string) =>
    judge({ id, op: '>=', target: 75, value: ratePercent(outcomes, isPass(check)), unit: '%' });
  return [
    power('power-superiority', better, 'beats-baseline auc at 0'),
    power('power-non-inferiority', lessInferior, `not-worse auc at ${String(-margin)}`),
  ];
}

/** What a whole policy does with an equal challenger, and with one that harms a slice. */
export function policyRates(equal: readonly Outcome[], harmed: readonly Outcome[]): readonly Target[] {
  const promoted = ratePercent(equal, (outcome) => outcome.promoted);
  const stopped = ratePercent(harmed, (outcome) => !outcome.promoted);
  return [
    judge({ id: 'equal-challenger-promoted', op: '>=', target: 60, value: promoted, unit: '%' }),
    judge({ id: `harm-of-${String(100 * sliceLoss)}-points-stopped`, op: '>=', target: 80, value: stopped, unit: '%' }),
  ];
}

/**
 * The least and the best covered of the metrics' differences. The calibration error stands apart: it adds up sizes of gaps,
 * and the gaps of a well calibrated model are noise, to which a replicate adds noise of its own. Its intervals are too wide
 * rather than too narrow, so only the lower end is asked of it. DeLong, which ignores days, is shown beside them.
 */
export function coverageTargets(outcomes: readonly Outcome[]): readonly Target[] {
  const rates = coverageOf(outcomes);
  const sides = Object.entries(rates).map(([name, value]) => ({ name, value, unit: '%' }));
  const judged = sides.filter(({ name }) => name !== 'deLong' && name !== 'ece').map(({ value }) => value);
  const about = `coverage-at-${String(100 * nominalCoverage)}`;
  return [
    judge({ id: `${about}-lowest`, op: '>=', target: 93, value: Math.min(...judged), unit: '%', sides }),
    judge({ id: `${about}-highest`, op: '<=', target: 97, value: Math.max(...judged), unit: '%' }),
    judge({ id: `${about}-of-calibration-error`, op: '>=', target: 93, value: rates['ece'] ?? null, unit: '%' }),
  ];
}

/** By metric, in percent of the backtests. */
export function coverageOf(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const names = Object.keys(outcomes[0]?.covered ?? {});
  return Object.fromEntries(
    names.map((name) => [name, ratePercent(outcomes, ({ covered }) => covered[name as keyof typeof covered] === true)]),
  );
}

/** Standard deviation of the estimates: what the standard error of one backtest really is. */
export function trueStandardError(outcomes: readonly Outcome[]): number {
  const mean = outcomes.reduce((sum, { estimate }) => sum + estimate, 0) / outcomes.length;
  return Math.sqrt(outcomes.reduce((sum, { estimate }) => sum + (estimate - mean) ** 2, 0) / (outcomes.length - 1));
}

/** Shows how many standard errors the margin is, so that a rate can be judged. */
export function errorsInMargin(outcomes: readonly Outcome[]): number {
  return rounded(margin / trueStandardError(outcomes));
}

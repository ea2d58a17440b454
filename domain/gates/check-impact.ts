import type { GateSpec } from './gate-rule.js';
import { wilsonInterval } from '../statistics/proportions.js';
import type { Verdict } from '../verdict.js';
import { benefitOf, say, sayInterval, sayPercent, saySigned, type GateFacts } from './check-facts.js';
import { differenceIn, type Comparison, type DecisionFlips } from './comparison.js';
import { checkOfParts, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import { tooFewRows } from './sample-size.js';

type Impact = Extract<GateSpec, { check: 'impact' }>;

/** What a promotion would do to decisions: how many turn, and what that brings or costs. */
export function checkImpact(spec: Impact, { comparison }: GateFacts): GateCheck {
  const flips = flipPart(spec, comparison);
  const few = comparison.flips === null ? [] : tooFewRows(comparison.flips.rows, 'decisions are compared on');
  const value = spec.maxValueLoss === null ? [] : [valuePart(spec.maxValueLoss, comparison)];
  return checkOfParts(spec, comparison.rows, [flips, ...few, ...value]);
}

/** What few rows show beyond the limit may be chance: only an interval (Wilson) above it fails. */
function flipPart({ maxFlips }: Impact, { flips, method }: Comparison): GatePart {
  if (flips === null || flips.rows === 0) {
    const why = flips === null ? 'a side has no threshold to decide by' : 'there are no rows';
    const open = { verdict: 'inconclusive', value: null, limit: maxFlips, unit: 'share' } as const;
    return { ...open, why: `decisions cannot be compared: ${why}` };
  }
  const { rows, toPositive, toNegative } = flips;
  const turned = toPositive + toNegative;
  const share = turned / rows;
  const interval = wilsonInterval({ count: turned, of: rows }, (1 - method.level) / 2);
  const verdict: Verdict = share <= maxFlips ? 'pass' : interval.lower > maxFlips ? 'fail' : 'inconclusive';
  const says = { pass: 'within', fail: 'above', inconclusive: 'not shown to be above or within' }[verdict];
  const why = `${String(turned)} of ${String(rows)} decisions turn, ${sayMatrix(flips)}: ${sayPercent(share)} is ${says} the limit of ${sayPercent(maxFlips)}`;
  return { verdict, value: share, limit: maxFlips, unit: 'share', why, interval };
}

/** Where the label is a number, no decision is right or wrong. */
function sayMatrix({ toPositive, toPositiveRight, toNegative, toNegativeRight }: DecisionFlips): string {
  const rightly = (count: number | null) => (count === null ? '' : ` (${String(count)} rightly)`);
  return `${String(toPositive)} to positive${rightly(toPositiveRight)}, ${String(toNegative)} to negative${rightly(toNegativeRight)}`;
}

function valuePart(maxValueLoss: number, comparison: Comparison): GatePart {
  const difference = differenceIn(comparison.pooled.differences, 'value');
  const benefit = benefitOf('value', difference);
  const { estimate, minimumDetectable } = difference;
  if (benefit === null || estimate === null) {
    const why = `the change in value per decision could not be judged: ${difference.reason ?? 'no interval'}`;
    return { verdict: 'inconclusive', value: estimate, limit: -maxValueLoss, unit: 'value', why };
  }
  const { lower, upper } = benefit;
  const verdict: Verdict = lower >= -maxValueLoss ? 'pass' : upper < -maxValueLoss ? 'fail' : 'inconclusive';
  const says = {
    pass: 'shown to lose at most',
    fail: 'shown to lose more than',
    inconclusive: 'the data cannot tell whether it loses more than',
  }[verdict];
  const why = `value per decision ${saySigned(estimate)} (${sayInterval(difference, comparison.method.level)}): ${says} ${say(maxValueLoss)}`;
  const interval = { lower, upper };
  return { verdict, value: estimate, limit: -maxValueLoss, unit: 'value', why, interval, minimumDetectable };
}

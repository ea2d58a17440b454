import type { GateSpec } from './gate-rule.js';
import type { Verdict } from '../verdict.js';
import { say, sayPercent, type GateFacts } from './check-facts.js';
import { estimateIn, type Comparison, type MetricEstimate } from './comparison.js';
import { checkOfParts, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';

type Calibrated = Extract<GateSpec, { check: 'calibrated' }>;

/** A slope of 1 means that scores are neither too bold nor too timid. */
const IDEAL_SLOPE = 1;

/** The challenger's scores are probabilities that come true. */
export function checkCalibrated(spec: Calibrated, { comparison }: GateFacts): GateCheck {
  const { maxEce, maxSlopeError } = spec;
  const parts = maxSlopeError === null ? [] : [slopePart(maxSlopeError, comparison)];
  return checkOfParts(spec, comparison.rows, [ecePart(maxEce, comparison), ...parts]);
}

/**
 * The measured error of few rows is too large rather than too small, so being below the limit is safe evidence; above it,
 * only an interval that excludes the limit shows a failure. Too few days for an interval settle nothing either way.
 */
function ecePart(maxEce: number, { pooled, method }: Comparison): GatePart {
  const ece = estimateIn(pooled.challenger, 'ece');
  if (ece.value === null) return unmeasured('calibration error', ece, maxEce);
  const verdict = judgeEce(ece, maxEce);
  const says = { pass: 'within', fail: 'above', inconclusive: 'not shown to be above or within' }[verdict];
  const why = `calibration error ${say(ece.value)} (${between(ece, method.level)}) is ${says} the limit of ${say(maxEce)}`;
  return { verdict, value: ece.value, limit: maxEce, why, interval: intervalOf(ece) };
}

function judgeEce(ece: MetricEstimate, maxEce: number): Verdict {
  if (ece.value === null || ece.lower === null) return 'inconclusive';
  if (ece.value <= maxEce) return 'pass';
  return ece.lower > maxEce ? 'fail' : 'inconclusive';
}

/** Unlike the error, a slope errs to both sides by chance: its whole interval has to be close enough to 1. */
function slopePart(maxSlopeError: number, { pooled, method }: Comparison): GatePart {
  const slope = estimateIn(pooled.challenger, 'calibrationSlope');
  if (slope.value === null) return unmeasured('calibration slope', slope, maxSlopeError);
  const verdict = judgeSlope(slope, maxSlopeError);
  const says = {
    pass: 'shown to be within',
    fail: 'shown to be further than',
    inconclusive: 'not shown to be further than or within',
  }[verdict];
  const why = `calibration slope ${say(slope.value)} (${between(slope, method.level)}) is ${says} ${say(maxSlopeError)} of 1`;
  return { verdict, value: slope.value, limit: maxSlopeError, why, interval: intervalOf(slope) };
}

function judgeSlope({ lower, upper }: MetricEstimate, maxSlopeError: number): Verdict {
  if (lower === null || upper === null) return 'inconclusive';
  const [least, most] = [IDEAL_SLOPE - maxSlopeError, IDEAL_SLOPE + maxSlopeError];
  if (lower >= least && upper <= most) return 'pass';
  return upper < least || lower > most ? 'fail' : 'inconclusive';
}

function unmeasured(what: string, { reason }: MetricEstimate, limit: number): GatePart {
  const why = `the ${what} could not be measured: ${reason ?? 'no value'}`;
  return { verdict: 'inconclusive', value: null, limit, why };
}

function intervalOf({ lower, upper }: MetricEstimate): GateCheck['interval'] {
  return lower === null || upper === null ? null : { lower, upper };
}

function between(estimate: MetricEstimate, level: number): string {
  const interval = intervalOf(estimate);
  if (interval === null) return estimate.reason ?? 'no interval';
  return `${sayPercent(level)} interval ${say(interval.lower)} to ${say(interval.upper)}`;
}

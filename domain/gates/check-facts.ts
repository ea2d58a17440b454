import { isHigherBetter, type MetricName } from '../metrics.js';
import { minimumDetectable } from '../statistics/block-bootstrap.js';
import { studentQuantile } from '../statistics/distributions.js';
import type { Verdict } from '../verdict.js';
import type { Comparison, Difference } from './comparison.js';
import type { GateCheck } from './gate-report.js';
import type { Probes } from './probes.js';

/** What the gates are judged on. The caller measures, the gates only judge. */
export interface GateFacts {
  readonly kind: 'promotion' | 'bootstrap';
  /** Challenger against the champion; in a bootstrap, against the baseline. */
  readonly comparison: Comparison;
  /** Challenger against the baseline on the same rows; null when it was not measured. */
  readonly baselineComparison: Comparison | null;
  readonly probes: Probes;
}

/** A check without slices and interval, for those that add nothing to it. */
export function plainCheck(
  check: Pick<GateCheck, 'name' | 'spec' | 'limit' | 'unit' | 'value' | 'rows' | 'verdict' | 'why'>,
): GateCheck {
  return { ...check, mode: check.spec.mode, interval: null, minimumDetectable: null, slices: [] };
}

/** The unit of a check on a metric: only decision values have one. */
export function unitOfMetric(metric: MetricName): Pick<GateCheck, 'unit'> {
  return metric === 'value' ? { unit: 'value' } : {};
}

/** A difference turned so that above zero is better for the challenger, whatever the metric. */
export interface Benefit {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly se: number;
  readonly blocks: number;
}

/** The same difference with interval and detectable difference for another chance of error on each side. */
export function atTail(difference: Difference, tail: number): Difference {
  const { estimate, se, blocks } = difference;
  if (estimate === null || se === null) return difference;
  const half = studentQuantile(1 - tail, blocks - 1) * se;
  const detectable = minimumDetectable(se, blocks, 1 - 2 * tail);
  return { ...difference, lower: estimate - half, upper: estimate + half, minimumDetectable: detectable };
}

/** Null when the difference has no estimate or no interval. */
export function benefitOf(metric: MetricName, difference: Difference): Benefit | null {
  const { estimate, lower, upper, se, blocks } = difference;
  if (estimate === null || lower === null || upper === null || se === null) return null;
  return isHigherBetter(metric)
    ? { estimate, lower, upper, se, blocks }
    : { estimate: -estimate, lower: -upper, upper: -lower, se, blocks };
}

/** Where an interval of a benefit lies against a boundary it should be above. */
export function judgeBenefit(benefit: Benefit, boundary: number): Verdict {
  if (benefit.lower > boundary) return 'pass';
  return benefit.upper < boundary ? 'fail' : 'inconclusive';
}

/** A number for a sentence: five decimals are finer than any limit in use. */
export function say(value: number): string {
  return String(Number(value.toFixed(5)));
}

/** A difference for a sentence, always with its sign. */
export function saySigned(value: number): string {
  return value > 0 ? `+${say(value)}` : say(value);
}

/** `95 %` for a level of 0.95. */
export function sayPercent(share: number): string {
  return `${String(Number((share * 100).toFixed(2)))} %`;
}

/** The interval of a difference in the metric's own unit. */
export function sayInterval(difference: Difference, level: number): string {
  if (difference.lower === null || difference.upper === null) return difference.reason ?? 'no interval';
  return `${sayPercent(level)} interval ${saySigned(difference.lower)} to ${saySigned(difference.upper)}`;
}

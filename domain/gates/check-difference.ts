import { isHigherBetter, metricTraits } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import type { Verdict } from '../verdict.js';
import {
  benefitOf,
  judgeBenefit,
  plainCheck,
  say,
  sayInterval,
  saySigned,
  unitOfMetric,
  type GateFacts,
} from './check-facts.js';
import { differenceIn, type Comparison } from './comparison.js';
import { gateName } from './gate-name.js';
import type { GateCheck } from './gate-report.js';

type NotWorse = Extract<GateSpec, { check: 'not-worse' }>;
type Better = Extract<GateSpec, { check: 'better' }>;
type BeatsBaseline = Extract<GateSpec, { check: 'beats-baseline' }>;

/**
 * Non-inferiority: the challenger must show that it is at most `margin` worse. Pass when the whole interval is above
 * that, fail when the whole interval is below, inconclusive when the data cannot tell.
 */
export function checkNotWorse(spec: NotWorse, facts: GateFacts): GateCheck {
  return checkDifference(spec, facts.comparison, {
    boundary: -spec.margin,
    limit: isHigherBetter(spec.metric) ? -spec.margin : spec.margin,
    says: {
      pass: `shown to be at most ${say(spec.margin)} worse`,
      fail: `shown to be more than ${say(spec.margin)} worse`,
      inconclusive: `the data cannot tell whether it is more than ${say(spec.margin)} worse`,
    },
  });
}

/** Superiority: the challenger must show that it is better by more than `by`. A tie, however certain, does not. */
export function checkBetter(spec: Better, facts: GateFacts): GateCheck {
  return checkDifference(spec, facts.comparison, {
    boundary: spec.by,
    limit: isHigherBetter(spec.metric) ? spec.by : -spec.by,
    says: {
      pass: `shown to be better by more than ${say(spec.by)}`,
      fail: `shown not to be better by ${say(spec.by)}`,
      inconclusive: `the data cannot tell whether it is better by ${say(spec.by)}`,
    },
  });
}

/** Superiority over the baseline by `by`. In a bootstrap the comparison itself is the one with the baseline. */
export function checkBeatsBaseline(spec: BeatsBaseline, facts: GateFacts): GateCheck {
  const limit = isHigherBetter(spec.metric) ? spec.by : -spec.by;
  const comparison = facts.kind === 'bootstrap' ? facts.comparison : facts.baselineComparison;
  if (comparison === null) {
    const why = 'the challenger was not compared with the baseline';
    return plainCheck({ name: gateName(spec), spec, limit, value: null, rows: 0, verdict: 'inconclusive', why });
  }
  return checkDifference(spec, comparison, {
    boundary: spec.by,
    limit,
    says: {
      pass: `shown to beat the baseline by more than ${say(spec.by)}`,
      fail: `shown not to beat the baseline by ${say(spec.by)}`,
      inconclusive: `the data cannot tell whether it beats the baseline by ${say(spec.by)}`,
    },
  });
}

function checkDifference(
  spec: NotWorse | Better | BeatsBaseline,
  comparison: Comparison,
  rule: {
    /** What the benefit must be above. */
    readonly boundary: number;
    /** The same in the metric's own unit. */
    readonly limit: number;
    readonly says: Readonly<Record<Verdict, string>>;
  },
): GateCheck {
  const difference = differenceIn(comparison.pooled.differences, spec.metric);
  const benefit = benefitOf(spec.metric, difference);
  const unit = unitOfMetric(spec.metric);
  const about = {
    name: gateName(spec),
    spec,
    mode: spec.mode,
    limit: rule.limit,
    ...unit,
    rows: comparison.rows,
  } as const;
  const { estimate, lower, upper, minimumDetectable } = difference;
  if (benefit === null || estimate === null || lower === null || upper === null) {
    const why = `the difference in ${metricTraits[spec.metric].label} could not be judged: ${difference.reason ?? 'no estimate'}`;
    return plainCheck({ ...about, value: estimate, verdict: 'inconclusive', why });
  }
  const verdict = judgeBenefit(benefit, rule.boundary);
  const numbers = `${metricTraits[spec.metric].label} ${saySigned(estimate)} (${sayInterval(difference, comparison.method.level)})`;
  const detectable =
    minimumDetectable === null ? '' : `; differences from ${say(minimumDetectable)} on would be noticed`;
  const why = `${numbers}: ${rule.says[verdict]}${detectable}`;
  return { ...about, value: estimate, interval: { lower, upper }, minimumDetectable, verdict, why, slices: [] };
}

import { isHigherBetter, metricTraits } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import type { Verdict } from '../verdict.js';
import { plainCheck, say, sayPercent, unitOfMetric, type GateFacts } from './check-facts.js';
import { estimateIn } from './comparison.js';
import { gateName } from './gate-name.js';
import type { GateCheck } from './gate-report.js';

type Floor = Extract<GateSpec, { check: 'floor' }>;

/**
 * The challenger's own metric, whoever the champion is. Its whole interval has to be on the good side of the limit, which
 * belongs to that side; the whole interval on the other side fails it.
 */
export function checkFloor(spec: Floor, { comparison }: GateFacts): GateCheck {
  const { value, lower, upper, reason } = estimateIn(comparison.pooled.challenger, spec.metric);
  const { label } = metricTraits[spec.metric];
  const about = {
    name: gateName(spec),
    spec,
    limit: spec.limit,
    rows: comparison.rows,
    value,
    ...unitOfMetric(spec.metric),
  };
  if (value === null || lower === null || upper === null) {
    const why = `${label} could not be judged: ${reason ?? 'no interval'}`;
    return plainCheck({ ...about, verdict: 'inconclusive', why });
  }
  const isFloor = isHigherBetter(spec.metric);
  const verdict = isFloor
    ? judge(lower - spec.limit, upper - spec.limit)
    : judge(spec.limit - upper, spec.limit - lower);
  const says = {
    pass: `shown to be ${isFloor ? 'at least' : 'at most'}`,
    fail: `shown to be ${isFloor ? 'below' : 'above'}`,
    inconclusive: `not shown to be ${isFloor ? 'above or below' : 'below or above'}`,
  }[verdict];
  const interval = `${sayPercent(comparison.method.level)} interval ${say(lower)} to ${say(upper)}`;
  const why = `${label} ${say(value)} (${interval}) on ${String(comparison.rows)} rows is ${says} ${say(spec.limit)}`;
  return { ...plainCheck({ ...about, verdict, why }), interval: { lower, upper } };
}

/** By the worst and the best end of the interval, both as what is left above the limit. */
function judge(worst: number, best: number): Verdict {
  if (worst >= 0) return 'pass';
  return best < 0 ? 'fail' : 'inconclusive';
}

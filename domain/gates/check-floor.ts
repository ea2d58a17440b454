import { metricTraits } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import type { Verdict } from '../verdict.js';
import { plainCheck, say, sayPercent, unitOfMetric, type GateFacts } from './check-facts.js';
import { estimateIn } from './comparison.js';
import { gateName } from './gate-name.js';
import type { GateCheck } from './gate-report.js';

type Floor = Extract<GateSpec, { check: 'floor' }>;

/**
 * The challenger's own metric, whoever the champion is. Its whole interval has to be on the good side of the limit, which
 * belongs to that side; the whole interval on the other side fails it. A metric with a target has a limit to both sides.
 */
export function checkFloor(spec: Floor, { comparison }: GateFacts): GateCheck {
  const { better } = metricTraits[spec.metric];
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
  const { verdict, says } =
    typeof better === 'object'
      ? judgeDistance({ lower: lower - better.target, upper: upper - better.target }, spec.limit, better.target)
      : judgeSide({ lower, upper }, spec.limit, better === 'higher');
  const interval = `${sayPercent(comparison.method.level)} interval ${say(lower)} to ${say(upper)}`;
  const why = `${label} ${say(value)} (${interval}) on ${String(comparison.rows)} rows is ${says}`;
  return { ...plainCheck({ ...about, verdict, why }), interval: { lower, upper } };
}

interface Judged {
  readonly verdict: Verdict;
  readonly says: string;
}

function judgeSide({ lower, upper }: Bounds, limit: number, isFloor: boolean): Judged {
  const verdict = isFloor ? judge(lower - limit, upper - limit) : judge(limit - upper, limit - lower);
  const says = {
    pass: `shown to be ${isFloor ? 'at least' : 'at most'}`,
    fail: `shown to be ${isFloor ? 'below' : 'above'}`,
    inconclusive: `not shown to be ${isFloor ? 'above or below' : 'below or above'}`,
  }[verdict];
  return { verdict, says: `${says} ${say(limit)}` };
}

/** A metric with a target may lie on either side of it: by the ends of the interval that are furthest from it and nearest. */
function judgeDistance({ lower, upper }: Bounds, limit: number, target: number): Judged {
  const furthest = Math.max(Math.abs(lower), Math.abs(upper));
  const nearest = lower <= 0 && upper >= 0 ? 0 : Math.min(Math.abs(lower), Math.abs(upper));
  const verdict = judge(limit - furthest, limit - nearest);
  const says = {
    pass: 'shown to be within',
    fail: 'shown to be further than',
    inconclusive: 'not shown to be within or further than',
  }[verdict];
  return { verdict, says: `${says} ${say(limit)} of ${say(target)}` };
}

interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** By the worst and the best end of the interval, both as what is left above the limit. */
function judge(worst: number, best: number): Verdict {
  if (worst >= 0) return 'pass';
  return best < 0 ? 'fail' : 'inconclusive';
}

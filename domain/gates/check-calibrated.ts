import type { GateSpec } from '../pipeline-definition.js';
import type { Verdict } from '../verdict.js';
import { plainCheck, say, sayPercent, type GateFacts } from './check-facts.js';
import { estimateIn, type MetricEstimate } from './comparison.js';
import type { GateCheck } from './gate-report.js';

type Calibrated = Extract<GateSpec, { check: 'calibrated' }>;

/**
 * The challenger's scores are probabilities that come true: its expected calibration error is at most `maxEce`. The
 * measured error of few rows is too large rather than too small, so being below the limit is safe evidence; above it,
 * only an interval that excludes the limit shows a failure. Too few days for an interval settle nothing either way.
 */
export function checkCalibrated(spec: Calibrated, facts: GateFacts): GateCheck {
  const { comparison } = facts;
  const ece = estimateIn(comparison.pooled.challenger, 'ece');
  const about = { name: 'calibrated', spec, limit: spec.maxEce, rows: comparison.rows };
  if (ece.value === null) {
    const why = `the calibration error could not be measured: ${ece.reason ?? 'no value'}`;
    return plainCheck({ ...about, value: null, verdict: 'inconclusive', why });
  }
  const verdict = judge(ece, spec.maxEce);
  const interval = ece.lower === null || ece.upper === null ? null : { lower: ece.lower, upper: ece.upper };
  const between =
    interval === null
      ? (ece.reason ?? 'no interval')
      : `${sayPercent(comparison.method.level)} interval ${say(interval.lower)} to ${say(interval.upper)}`;
  const says = { pass: 'within', fail: 'above', inconclusive: 'not shown to be above or within' }[verdict];
  const why = `calibration error ${say(ece.value)} (${between}) is ${says} the limit of ${say(spec.maxEce)}`;
  return { ...plainCheck({ ...about, value: ece.value, verdict, why }), interval };
}

function judge(ece: MetricEstimate, maxEce: number): Verdict {
  if (ece.value === null || ece.lower === null) return 'inconclusive';
  if (ece.value <= maxEce) return 'pass';
  return ece.lower > maxEce ? 'fail' : 'inconclusive';
}

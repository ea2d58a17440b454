import type { GateSpec } from './gate-rule.js';
import { plainCheck, type GateFacts } from './check-facts.js';
import { gateName } from './gate-name.js';
import { checkUnmeasured } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';

type Loads = Extract<GateSpec, { check: 'loads' }>;

/** The stored bundle loads here, with its golden rows giving the scores they gave when it was made. */
export function checkLoads(spec: Loads, facts: GateFacts): GateCheck {
  const about = { name: gateName(spec), spec, limit: spec.tolerance };
  const { loads } = facts.probes;
  if (loads?.status !== 'measured') return checkUnmeasured(spec, spec.tolerance, loads, 'whether the model loads');
  const { rows, maxDifference } = loads.facts;
  if (rows === 0) {
    const why = 'the model has no golden rows';
    return plainCheck({ ...about, rows, value: null, verdict: 'inconclusive', why });
  }
  if (maxDifference === null) {
    const why = `the model gives scores that are no numbers on its ${String(rows)} golden rows`;
    return plainCheck({ ...about, rows, value: null, verdict: 'fail', why });
  }
  const verdict = maxDifference <= spec.tolerance ? 'pass' : 'fail';
  const says = verdict === 'pass' ? 'within' : 'beyond';
  const scores =
    maxDifference === 0 ? 'exactly their stored scores' : `their stored scores up to ${maxDifference.toPrecision(2)}`;
  const why = `${String(rows)} golden rows give ${scores}, ${says} the tolerance of ${String(spec.tolerance)}`;
  return plainCheck({ ...about, rows, value: maxDifference, verdict, why });
}

import type { GateSpec } from '../pipeline-definition.js';
import { combineVerdicts, type Verdict } from '../verdict.js';
import { checkCalibrated } from './check-calibrated.js';
import { checkBeatsBaseline, checkNotWorse } from './check-difference.js';
import type { GateFacts } from './check-facts.js';
import { checkLoads } from './check-loads.js';
import { checkWorstSlice } from './check-worst-slice.js';
import type { GateCheck } from './gate-report.js';

/** Why the gates said nothing at all. */
export type GateRefusal = 'no-gates' | 'identical-models' | 'identical-scores';

export type GateEvaluation =
  | { readonly status: 'evaluated'; readonly checks: readonly GateCheck[]; readonly verdict: Verdict }
  | { readonly status: 'refused'; readonly reason: GateRefusal; readonly why: string };

/**
 * Judges every gate of the policy. A policy without gates would let anything through, and a model compared with itself
 * always passes; both are refused before any gate is looked at.
 */
export function evaluateGates(gates: readonly GateSpec[], facts: GateFacts): GateEvaluation {
  const refusal = findRefusal(gates, facts);
  if (refusal !== null) return { status: 'refused', ...refusal };
  const checks = gates.map((gate) => evaluateGate(gate, facts));
  return { status: 'evaluated', checks, verdict: combineChecks(checks) };
}

/** Only enforced checks decide. One that could not be measured leaves the question open: it is no verdict of its own. */
export function combineChecks(checks: readonly Pick<GateCheck, 'mode' | 'verdict'>[]): Verdict {
  const enforced = checks.filter((check) => check.mode === 'enforce');
  return combineVerdicts(enforced.map(({ verdict }) => (verdict === 'error' ? 'inconclusive' : verdict)));
}

function findRefusal(
  gates: readonly GateSpec[],
  { comparison }: GateFacts,
): { readonly reason: GateRefusal; readonly why: string } | null {
  const { champion, challenger } = comparison;
  if (gates.length === 0) {
    return { reason: 'no-gates', why: 'the pipeline has no gates, so nothing could ever be shown; add at least one' };
  }
  if (champion.modelDigest === challenger.modelDigest) {
    const why = `challenger and champion are the same model (${challenger.modelDigest.slice(0, 12)})`;
    return { reason: 'identical-models', why };
  }
  if (comparison.identicalScores) {
    const why = `${challenger.label} gives the same score as ${champion.label} on all ${String(comparison.rows)} rows`;
    return { reason: 'identical-scores', why };
  }
  return null;
}

function evaluateGate(gate: GateSpec, facts: GateFacts): GateCheck {
  switch (gate.check) {
    case 'not-worse':
      return checkNotWorse(gate, facts);
    case 'beats-baseline':
      return checkBeatsBaseline(gate, facts);
    case 'worst-slice':
      return checkWorstSlice(gate, facts);
    case 'calibrated':
      return checkCalibrated(gate, facts);
    case 'loads':
      return checkLoads(gate, facts);
    default:
      throw new Error(`the check ${gate.check} is not built`);
  }
}

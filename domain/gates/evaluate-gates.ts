import type { GateSpec } from './gate-rule.js';
import { combineVerdicts, type Verdict } from '../verdict.js';
import { checkCalibrated } from './check-calibrated.js';
import { checkDataQuality } from './check-data-quality.js';
import { checkBeatsBaseline, checkBetter, checkNotWorse } from './check-difference.js';
import type { GateFacts } from './check-facts.js';
import { checkFair } from './check-fair.js';
import { checkFloor } from './check-floor.js';
import { checkImpact } from './check-impact.js';
import { checkLoads } from './check-loads.js';
import { checkNoLeakage } from './check-no-leakage.js';
import { checkNoSkew } from './check-no-skew.js';
import { checkRobust } from './check-robust.js';
import { checkStable } from './check-stable.js';
import { checkVolume } from './check-volume.js';
import { checkWorstSlice } from './check-worst-slice.js';
import type { Comparison } from './comparison.js';
import type { GateCheck } from './gate-report.js';
import { asksForEvidence, evidenceAskedFor } from './showing-gates.js';

/** Why the gates said nothing at all. */
export type GateRefusal = 'no-gates' | 'nothing-shown' | 'identical-models' | 'identical-scores';

export type GateEvaluation =
  | { readonly status: 'evaluated'; readonly checks: readonly GateCheck[]; readonly verdict: Verdict }
  | { readonly status: 'refused'; readonly reason: GateRefusal; readonly why: string };

/**
 * Judges every gate of the policy. A policy that asks for no evidence would let anything through, and a model compared
 * with itself always passes; both are refused before any gate is looked at.
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
  if (!asksForEvidence(gates)) {
    return { reason: 'nothing-shown', why: `the policy does not have ${evidenceAskedFor}` };
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
    case 'floor':
      return checkFloor(gate, facts);
    case 'not-worse':
      return unlessConstant(checkNotWorse(gate, facts), facts.comparison);
    case 'better':
      return unlessConstant(checkBetter(gate, facts), facts.comparison);
    case 'beats-baseline':
      return unlessConstant(checkBeatsBaseline(gate, facts), facts.comparison);
    case 'worst-slice':
      return checkWorstSlice(gate, facts);
    case 'fair':
      return checkFair(gate, facts);
    case 'calibrated':
      return checkCalibrated(gate, facts);
    case 'stable':
      return checkStable(gate, facts);
    case 'impact':
      return checkImpact(gate, facts);
    case 'data-quality':
      return checkDataQuality(gate, facts);
    case 'no-leakage':
      return checkNoLeakage(gate, facts);
    case 'no-skew':
      return checkNoSkew(gate, facts);
    case 'loads':
      return checkLoads(gate, facts);
    case 'volume':
      return checkVolume(gate, facts);
    case 'robust':
      return checkRobust(gate, facts);
  }
}

/**
 * A challenger that gives every row the same score tells no row from another. Against an opponent that is no better it
 * could pass all the same; that shows nothing. Rows that tie share a bin, so a single bin means a single score.
 */
function unlessConstant(check: GateCheck, { reliability, observed, rows }: Comparison): GateCheck {
  const bins = observed?.challenger ?? reliability.challenger;
  if (check.verdict !== 'pass' || rows < 2 || bins.length !== 1) return check;
  const why = `the challenger gives all ${String(rows)} rows the same score, so nothing is shown: ${check.why}`;
  return { ...check, verdict: 'inconclusive', why };
}

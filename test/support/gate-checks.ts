import type { GateFacts } from '../../domain/gates/check-facts.js';
import { evaluateGates } from '../../domain/gates/evaluate-gates.js';
import type { GateCheck } from '../../domain/gates/gate-report.js';
import { noProbes, type Measured, type ProbeName, type Probes } from '../../domain/gates/probes.js';
import type { GateRule, GateSpec } from '../../domain/gates/gate-rule.js';
import { comparison } from './comparisons.js';

/** Every policy has to ask for evidence; a gate that a test is about stands behind one that does. */
export const shows: GateSpec = { mode: 'enforce', check: 'not-worse', metric: 'brier', margin: 0.01 };

export function gateFacts(overrides: Partial<GateFacts> = {}): GateFacts {
  return { kind: 'promotion', comparison: comparison(), baselineComparison: null, probes: noProbes, ...overrides };
}

/** What one enforced gate finds. */
export function checkOne(gate: GateRule, overrides: Partial<GateFacts> = {}): GateCheck {
  const evaluation = evaluateGates([shows, { ...gate, mode: 'enforce' }], gateFacts(overrides));
  const [, check] = evaluation.status === 'evaluated' ? evaluation.checks : [];
  if (check === undefined) throw new Error('the gates were not evaluated');
  return check;
}

type FactsOf<Name extends ProbeName> = NonNullable<Probes[Name]> extends Measured<infer Facts> ? Facts : never;

/** Probes of which one was measured. */
export function measured<Name extends ProbeName>(name: Name, facts: FactsOf<Name>): { readonly probes: Probes } {
  return { probes: { ...noProbes, [name]: { status: 'measured', facts } } };
}

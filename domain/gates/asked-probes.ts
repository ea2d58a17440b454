import type { GateSpec } from './gate-rule.js';
import type { ProbeName } from './probes.js';

const probeOf: Readonly<Partial<Record<GateSpec['check'], ProbeName>>> = {
  fair: 'fairness',
  'data-quality': 'quality',
  'no-leakage': 'leakage',
  'no-skew': 'skew',
  loads: 'loads',
  volume: 'volume',
  robust: 'robustness',
};

/** What a gate looks at besides the compared scores; null where they are enough. */
export function probeFor(gate: GateSpec): ProbeName | null {
  return probeOf[gate.check] ?? null;
}

/** What has to be probed for a policy, each once; importance and drift always, since they explain the report. */
export function askedProbes(gates: readonly GateSpec[]): readonly ProbeName[] {
  const asked = gates.flatMap((gate) => probeOf[gate.check] ?? []);
  return [...new Set<ProbeName>([...asked, 'importance', 'drift'])];
}

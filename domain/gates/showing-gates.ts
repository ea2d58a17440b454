import type { GateSpec } from './gate-rule.js';

/** Gates that a challenger passes only by showing something about a metric, against the champion or the baseline. */
const showing: readonly GateSpec['check'][] = ['not-worse', 'better', 'beats-baseline'];

/**
 * Whether an enforced gate asks the challenger to show something. All other gates are passed where no harm is found, so a
 * policy of them alone would promote a model that nothing is known about; and what only advises or observes decides
 * nothing.
 */
export function asksForEvidence(gates: readonly Pick<GateSpec, 'check' | 'mode'>[]): boolean {
  return gates.some((gate) => gate.mode === 'enforce' && isShowing(gate.check));
}

/** Whether a gate is passed only by showing something about its metric. */
export function isShowing(check: GateSpec['check']): boolean {
  return showing.includes(check);
}

/** What is asked for where nothing is. */
export const evidenceAskedFor =
  'an enforced notWorse(…), better(…) or beatsBaseline(…), without which nothing is shown';

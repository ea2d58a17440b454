import type { DirectedMetric, LabelKind, MetricName } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import { isShowing } from './showing-gates.js';

type Gate = { readonly check: GateSpec['check']; readonly mode: GateSpec['mode']; readonly metric?: MetricName };

/**
 * The metric a pipeline is about: that of the first enforced gate by which a challenger has to show something, else AUC
 * for labels 0 and 1 and the mean absolute error for numbers.
 */
export function primaryMetric(gates: readonly Gate[], kind: LabelKind): MetricName {
  return gates.find((gate) => gate.mode === 'enforce' && isShowing(gate.check))?.metric ?? usualMetric(kind);
}

/** What is measured of a kind of label where nothing else is said. */
export function usualMetric(kind: LabelKind): Extract<DirectedMetric, 'auc' | 'mae'> {
  return kind === 'binary' ? 'auc' : 'mae';
}

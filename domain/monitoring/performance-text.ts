import type { WindowMonitored } from '../ledger/publication-events.js';
import { isInLabelUnit, type DecayMetric } from './decay-policy.js';
import { metricTraits } from '../metrics.js';

/** Shares and scores to four places, errors in the unit of a label to four digits. */
export function sayMetric(metric: DecayMetric, value: number): string {
  return isInLabelUnit(metric) ? String(Number(value.toPrecision(4))) : value.toFixed(4);
}

/** How well a window was predicted, and what was promised: `AUC 0.6123 (promised 0.6340)`. */
export function performanceText({ performance, metrics }: Pick<WindowMonitored, 'performance' | 'metrics'>): string {
  // Records from before other metrics were judged know of AUC alone.
  const { metric, value, promised } = performance ?? { metric: 'auc', value: metrics['auc'] ?? null, promised: null };
  const name = metricTraits[metric].label;
  if (value === null) return `${name} not measured`;
  return `${name} ${sayMetric(metric, value)}${promised === null ? '' : ` (promised ${sayMetric(metric, promised)})`}`;
}

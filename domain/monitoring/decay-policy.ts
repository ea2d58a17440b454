import { primaryMetric, usualMetric } from '../gates/primary-metric.js';
import type { LabelKind, MetricName } from '../metrics.js';

/** Metrics of published rows whose standard error can be told from the rows alone. */
export const decayMetrics = ['auc', 'logLoss', 'brier', 'mae', 'rmse', 'wape', 'r2'] as const satisfies MetricName[];

export type DecayMetric = (typeof decayMetrics)[number];

/** In the metric's own unit, or as a share of what the report promised (0..1), which suits labels of any unit. */
export type DecayMargin = number | { readonly share: number };

/** The pipeline's primary metric where decay can be judged by it, else the usual one of the kind of label. */
export function decayMetricOf(gates: Parameters<typeof primaryMetric>[0], kind: LabelKind): DecayMetric {
  const primary = primaryMetric(gates, kind);
  return decayMetrics.find((metric) => metric === primary) ?? usualMetric(kind);
}

/** Points of AUC and R² mean the same everywhere; how much an error is, only the promised error tells. */
export function defaultDecayMargin(metric: DecayMetric): DecayMargin {
  switch (metric) {
    case 'auc':
    case 'r2':
      return 0.03;
    case 'logLoss':
    case 'brier':
    case 'mae':
    case 'rmse':
    case 'wape':
      return { share: 0.1 };
  }
}

/** The margin in the metric's own unit. */
export function marginFrom(promised: number, margin: DecayMargin): number {
  return typeof margin === 'number' ? margin : margin.share * Math.abs(promised);
}

/** Other metrics are shares or have no unit; the interval of these is read in what the label is measured in. */
export function isInLabelUnit(metric: DecayMetric): boolean {
  return metric === 'mae' || metric === 'rmse';
}

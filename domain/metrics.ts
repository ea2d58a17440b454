/** Of scores that should be probabilities of a label 0 or 1. `Top` metrics look at the share of rows with the highest scores. */
export type BinaryMetric =
  | 'auc'
  | 'averagePrecision'
  | 'ks'
  | 'logLoss'
  | 'brier'
  | 'ece'
  | 'calibrationSlope'
  | 'calibrationIntercept'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'mcc'
  | 'liftAtTop'
  | 'recallAtTop'
  | 'value';

/** Of predictions of a number. */
export type RegressionMetric = 'mae' | 'rmse' | 'r2' | 'bias' | 'wape';

export type MetricName = BinaryMetric | RegressionMetric;

/** Metrics of which more is better, or less: the only ones that gates compare. */
export type DirectedMetric = Exclude<MetricName, 'calibrationSlope' | 'calibrationIntercept' | 'bias'>;

export type LabelKind = 'binary' | 'regression';

/** What a metric is called, where it applies, and which way is better: up, down, or towards a target. */
export interface MetricTraits {
  readonly label: string;
  readonly kind: LabelKind;
  readonly better: 'higher' | 'lower' | { readonly target: number };
}

/** Every metric, in the order reports show them. */
export const metricTraits: Readonly<Record<MetricName, MetricTraits>> = {
  auc: { label: 'AUC', kind: 'binary', better: 'higher' },
  averagePrecision: { label: 'average precision', kind: 'binary', better: 'higher' },
  ks: { label: 'KS separation', kind: 'binary', better: 'higher' },
  logLoss: { label: 'log loss', kind: 'binary', better: 'lower' },
  brier: { label: 'Brier score', kind: 'binary', better: 'lower' },
  ece: { label: 'calibration error', kind: 'binary', better: 'lower' },
  calibrationSlope: { label: 'calibration slope', kind: 'binary', better: { target: 1 } },
  calibrationIntercept: { label: 'calibration intercept', kind: 'binary', better: { target: 0 } },
  precision: { label: 'precision', kind: 'binary', better: 'higher' },
  recall: { label: 'recall', kind: 'binary', better: 'higher' },
  f1: { label: 'F1', kind: 'binary', better: 'higher' },
  mcc: { label: 'Matthews correlation', kind: 'binary', better: 'higher' },
  liftAtTop: { label: 'lift at the top', kind: 'binary', better: 'higher' },
  recallAtTop: { label: 'recall at the top', kind: 'binary', better: 'higher' },
  value: { label: 'value per decision', kind: 'binary', better: 'higher' },
  mae: { label: 'mean absolute error', kind: 'regression', better: 'lower' },
  rmse: { label: 'root mean squared error', kind: 'regression', better: 'lower' },
  r2: { label: 'R²', kind: 'regression', better: 'higher' },
  bias: { label: 'bias', kind: 'regression', better: { target: 0 } },
  wape: { label: 'weighted absolute percentage error', kind: 'regression', better: 'lower' },
};

/** The metrics of a kind of label, in the order reports show them. */
export function metricsOf(kind: LabelKind): readonly MetricName[] {
  const names = Object.keys(metricTraits) as MetricName[];
  return names.filter((name) => metricTraits[name].kind === kind);
}

/** Whether more of the metric is better. A metric with a target has no direction, and no gate compares two of them. */
export function isHigherBetter(metric: MetricName): boolean {
  return metricTraits[metric].better === 'higher';
}

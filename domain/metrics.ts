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

/** What an absolute limit can be set for: a bias may be as far from 0 as the limit says, to either side. */
export type LimitedMetric = DirectedMetric | 'bias';

export type LabelKind = 'binary' | 'regression';

/** What a metric is called, where it applies, and which way is better: up, down, or towards a target. */
export interface MetricTraits {
  readonly label: string;
  readonly kind: LabelKind;
  readonly better: 'higher' | 'lower' | { readonly target: number };
  readonly range: MetricRange;
}

/** The least and most that the metric can be; null where it has no end. */
export interface MetricRange {
  readonly least: number | null;
  readonly most: number | null;
}

const SHARE: MetricRange = { least: 0, most: 1 };
const OPEN: MetricRange = { least: null, most: null };

/** Every metric, in the order reports show them. */
export const metricTraits: Readonly<Record<MetricName, MetricTraits>> = {
  auc: { label: 'AUC', kind: 'binary', better: 'higher', range: SHARE },
  averagePrecision: { label: 'average precision', kind: 'binary', better: 'higher', range: SHARE },
  ks: { label: 'KS separation', kind: 'binary', better: 'higher', range: SHARE },
  logLoss: { label: 'log loss', kind: 'binary', better: 'lower', range: { least: 0, most: null } },
  brier: { label: 'Brier score', kind: 'binary', better: 'lower', range: SHARE },
  ece: { label: 'calibration error', kind: 'binary', better: 'lower', range: SHARE },
  calibrationSlope: { label: 'calibration slope', kind: 'binary', better: { target: 1 }, range: OPEN },
  calibrationIntercept: { label: 'calibration intercept', kind: 'binary', better: { target: 0 }, range: OPEN },
  precision: { label: 'precision', kind: 'binary', better: 'higher', range: SHARE },
  recall: { label: 'recall', kind: 'binary', better: 'higher', range: SHARE },
  f1: { label: 'F1', kind: 'binary', better: 'higher', range: SHARE },
  mcc: { label: 'Matthews correlation', kind: 'binary', better: 'higher', range: { least: -1, most: 1 } },
  liftAtTop: { label: 'lift at the top', kind: 'binary', better: 'higher', range: { least: 0, most: null } },
  recallAtTop: { label: 'recall at the top', kind: 'binary', better: 'higher', range: SHARE },
  value: { label: 'value per decision', kind: 'binary', better: 'higher', range: OPEN },
  mae: { label: 'mean absolute error', kind: 'regression', better: 'lower', range: { least: 0, most: null } },
  rmse: { label: 'root mean squared error', kind: 'regression', better: 'lower', range: { least: 0, most: null } },
  r2: { label: 'R²', kind: 'regression', better: 'higher', range: { least: null, most: 1 } },
  bias: { label: 'bias', kind: 'regression', better: { target: 0 }, range: OPEN },
  wape: {
    label: 'weighted absolute percentage error',
    kind: 'regression',
    better: 'lower',
    range: { least: 0, most: null },
  },
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

/** The largest difference that two values of the metric can have; null where there is none. */
export function widthOf(metric: MetricName): number | null {
  const { least, most } = metricTraits[metric].range;
  return least === null || most === null ? null : most - least;
}

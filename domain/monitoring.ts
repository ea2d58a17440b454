import type { Metrics } from './gates/comparison.js';
import type { DecayMetric } from './monitoring/decay-policy.js';

/** Label-matured performance of published rows. */
export interface PublishedPerformance {
  readonly rows: number;
  readonly labelledRows: number;
  /** Labelled share of the published rows, 0..1; null when nothing was published. */
  readonly coverage: number | null;
  /** Rows whose label is positive. */
  readonly positives: number;
  /** Share of the labelled rows that are positive; null without labels. */
  readonly positiveShare: number | null;
  /** Share of the published rows that were decided positive; null without rows. */
  readonly decidedPositiveShare: number | null;
  readonly meanScore: number | null;
  /** Over the labelled rows, each counted by its weight. */
  readonly metrics: Metrics;
  /** Of the metrics that decay is judged by and that could be measured. */
  readonly standardErrors: Readonly<Partial<Record<DecayMetric, StandardError>>>;
}

/** How far a metric of a window may be from what it would be over many like it. */
export interface StandardError {
  readonly value: number;
  /** What was taken as independent: rows, or the days of a window that is longer than a day. */
  readonly of: 'row' | 'day';
  /** How many of them; at least 2. */
  readonly count: number;
}

/**
 * Current rows counted into the bins of a training profile. Numeric bin k holds cuts[k-1] < value <= cuts[k], so there
 * is one bin more than cuts; NULL and NaN are counted apart.
 */
export interface DriftCounts {
  readonly rows: number;
  readonly numeric: Readonly<Record<string, { readonly counts: readonly number[]; readonly nulls: number }>>;
  /** `counts` in the order of the profile's values; `other` holds unlisted values and NULL. */
  readonly categorical: Readonly<Record<string, { readonly counts: readonly number[]; readonly other: number }>>;
}

import type { MetricValue, Metrics } from '../../../domain/gates/comparison.js';
import type { MetricName } from '../../../domain/metrics.js';
import type { DecisionValue } from '../../../domain/pipeline-definition.js';

/** What is measured of one side. */
export interface MetricsRequest<Name extends MetricName = MetricName> {
  /** A table, or a query in brackets. Its rows have a label, a score and a weight that are finite numbers. */
  readonly relation: string;
  /** SQL expressions over the relation's columns; the score's type is FLOAT or DOUBLE. */
  readonly label: string;
  readonly score: string;
  /** At least 0; null: every row counts once. */
  readonly weight: string | null;
  /** A whole number that says to which group a row belongs; each group is measured by itself, all in the same queries. */
  readonly group: string;
  readonly metrics: readonly Name[];
  /** Scores at or above it are positive decisions; null where there is none. */
  readonly threshold: number | null;
  readonly topShare: number;
  readonly value: DecisionValue | null;
  /** Whether scores of 0 to 1 may be binned, where no decisions are asked for: see `binRows`. */
  readonly mayBin?: boolean;
}

/** One group. A group without rows is not there. */
export interface MeasuredGroup {
  readonly rows: number;
  /** Rows whose label is positive; of a regression, above zero. */
  readonly positives: number;
  readonly metrics: Metrics;
}

export type MeasuredGroups = ReadonlyMap<number, MeasuredGroup>;

export function measured(value: number): MetricValue {
  // A number that is none would be a defect of a formula, and must not become evidence.
  if (!Number.isFinite(value)) throw new RangeError(`a metric came out as ${String(value)}`);
  return { value: value + 0, reason: null };
}

export function undefinedFor(reason: string): MetricValue {
  return { value: null, reason };
}

/** Why nothing is measured of a group without rows. */
export const NO_ROWS = 'there are no labelled rows';
export const NO_WEIGHT = 'no labelled row has any weight';

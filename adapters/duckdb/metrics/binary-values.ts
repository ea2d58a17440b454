import type { MetricValue } from '../../../domain/gates/comparison.js';
import type { BinaryMetric } from '../../../domain/metrics.js';
import type { CalibrationFit } from './calibration-fit.js';
import { decisionValue, type DecisionCounts } from './decision-values.js';
import { measured, NO_WEIGHT, undefinedFor, type MeasuredGroup, type MetricsRequest } from './metrics-request.js';

/** What the rows of a group add up to; no number where a denominator is zero. */
export interface BinarySums {
  readonly code: number;
  readonly rows: number;
  readonly positives: number;
  /** Scores below 0 or above 1. */
  readonly outside: number;
  /** Weights of both classes, and of those that are decided positive, in one unit that cancels out. */
  readonly ones: number;
  readonly zeros: number;
  readonly onesDecided: number;
  readonly zerosDecided: number;
  readonly auc: number;
  readonly averagePrecision: number;
  readonly ks: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly ece: number;
  readonly recallAtTop: number;
}

type Asked = Pick<MetricsRequest<BinaryMetric>, 'metrics' | 'threshold' | 'topShare' | 'value'>;

/** The metrics of a group, each a number or the reason why there is none. */
export function describeBinary(sums: BinarySums, fit: CalibrationFit | undefined, asked: Asked): MeasuredGroup {
  const metrics = asked.metrics.map((name) => [name, describeMetric(name, sums, fit, asked)] as const);
  return { rows: sums.rows, positives: sums.positives, metrics: Object.fromEntries(metrics) };
}

function describeMetric(
  name: BinaryMetric,
  sums: BinarySums,
  fit: CalibrationFit | undefined,
  { threshold, topShare, value }: Asked,
): MetricValue {
  if (sums.ones + sums.zeros === 0) return undefinedFor(NO_WEIGHT);
  switch (name) {
    case 'auc':
    case 'averagePrecision':
    case 'ks':
      return ifDefined(oneClassReason(sums), sums[name]);
    case 'logLoss':
    case 'brier':
    case 'ece':
      return ifDefined(outsideReason(sums), sums[name]);
    case 'calibrationSlope':
    case 'calibrationIntercept': {
      const reason = outsideReason(sums) ?? oneClassReason(sums) ?? fit?.reason ?? null;
      return ifDefined(reason, name === 'calibrationSlope' ? fit?.slope : fit?.intercept);
    }
    case 'recallAtTop':
      return ifDefined(noPositivesReason(sums), sums.recallAtTop);
    case 'liftAtTop':
      return ifDefined(noPositivesReason(sums), sums.recallAtTop / topShare);
    case 'precision':
    case 'recall':
    case 'f1':
    case 'mcc':
    case 'value':
      return decisionValue(name, threshold === null ? null : countDecisions(sums), value);
  }
}

function countDecisions({ ones, zeros, onesDecided, zerosDecided }: BinarySums): DecisionCounts {
  return {
    truePositives: onesDecided,
    falsePositives: zerosDecided,
    trueNegatives: zeros - zerosDecided,
    falseNegatives: ones - onesDecided,
  };
}

function ifDefined(reason: string | null, value: number | null | undefined): MetricValue {
  return reason === null ? measured(value ?? Number.NaN) : undefinedFor(reason);
}

function oneClassReason(sums: BinarySums): string | null {
  if (sums.zeros > 0) return noPositivesReason(sums);
  const { rows, positives } = sums;
  return positives === rows ? `all of the ${String(rows)} labels are positive` : 'no negative label has any weight';
}

function noPositivesReason({ rows, positives, ones }: BinarySums): string | null {
  if (ones > 0) return null;
  return positives === 0 ? `none of the ${String(rows)} labels is positive` : 'no positive label has any weight';
}

function outsideReason({ outside }: BinarySums): string | null {
  return outside === 0 ? null : `${String(outside)} scores are outside 0..1 and so no probabilities`;
}

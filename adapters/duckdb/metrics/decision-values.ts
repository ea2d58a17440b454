import type { MetricValue } from '../../../domain/gates/comparison.js';
import type { DecisionValue } from '../../../domain/pipeline-definition.js';
import { measured, undefinedFor } from './metrics-request.js';

/** Weights of right and wrong decisions. */
export interface DecisionCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** A metric of decisions; `counts` is null where there is no threshold to decide by. */
export function decisionValue(
  name: 'precision' | 'recall' | 'f1' | 'mcc' | 'value',
  counts: DecisionCounts | null,
  value: DecisionValue | null,
): MetricValue {
  if (counts === null) return undefinedFor('there is no decision threshold');
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn } = counts;
  switch (name) {
    case 'precision':
      return tp + fp === 0 ? undefinedFor('no row is decided positive') : measured(tp / (tp + fp));
    case 'recall':
      return tp + fn === 0 ? undefinedFor('no label is positive') : measured(tp / (tp + fn));
    case 'f1':
      return tp + fp + fn === 0
        ? undefinedFor('no label is positive and no row is decided positive')
        : measured((2 * tp) / (2 * tp + fp + fn));
    case 'mcc':
      return correlate(counts);
    case 'value':
      return value === null ? undefinedFor('the pipeline gives decisions no value') : averageValue(counts, value);
  }
}

/** Matthews correlation; the roots are taken apart, because the product of four counts is too large to be exact. */
function correlate(counts: DecisionCounts): MetricValue {
  const total = counts.truePositives + counts.falsePositives + counts.trueNegatives + counts.falseNegatives;
  const [tp, fp, tn, fn] = [
    counts.truePositives / total,
    counts.falsePositives / total,
    counts.trueNegatives / total,
    counts.falseNegatives / total,
  ] as const;
  if (tp + fn === 0 || tn + fp === 0) return undefinedFor('all labels are the same');
  if (tp + fp === 0 || tn + fn === 0) return undefinedFor('all decisions are the same');
  const spread = Math.sqrt((tp + fp) * (tn + fn)) * Math.sqrt((tp + fn) * (tn + fp));
  return measured((tp * tn - fp * fn) / spread);
}

function averageValue(counts: DecisionCounts, value: DecisionValue): MetricValue {
  const { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn } = counts;
  const brought =
    tp * value.truePositive + fp * value.falsePositive + tn * value.trueNegative + fn * value.falseNegative;
  return measured(brought / (tp + fp + tn + fn));
}

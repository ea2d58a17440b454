import { isHigherBetter, metricTraits, type MetricName } from '../metrics.js';
import { differenceIn, type Comparison, type Difference } from './comparison.js';
import type { GateRule } from './gate-rule.js';

/** What was measured, and what the policy asked about. */
export interface MeasuredDifferences {
  readonly comparison: Pick<Comparison, 'metrics'> & { readonly pooled: Pick<Comparison['pooled'], 'differences'> };
  readonly specs: readonly GateRule[];
}

/**
 * Metrics by which the challenger is shown to be worse (the interval of the difference leaves zero out), and which no gate
 * of any mode asks about: a passed policy says nothing of them. In the order reports show them.
 */
export function findUnaskedHarm({ comparison, specs }: MeasuredDifferences): readonly MetricName[] {
  const asked = new Set(specs.flatMap(metricsAskedBy));
  return comparison.metrics.filter(
    (metric) => !asked.has(metric) && isShownWorse(metric, differenceIn(comparison.pooled.differences, metric)),
  );
}

function metricsAskedBy(rule: GateRule): readonly MetricName[] {
  if ('metric' in rule) return [rule.metric];
  if (rule.check === 'calibrated') return ['ece'];
  return rule.check === 'impact' && rule.maxValueLoss !== null ? ['value'] : [];
}

/** Two values of a metric with a target are not compared. */
function isShownWorse(metric: MetricName, { lower, upper }: Difference): boolean {
  if (lower === null || upper === null || typeof metricTraits[metric].better === 'object') return false;
  return isHigherBetter(metric) ? upper < 0 : lower > 0;
}

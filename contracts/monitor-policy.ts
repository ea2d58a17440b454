import { z } from 'zod';
import type { Problem } from '../domain/failure-types.js';
import { metricTraits, widthOf } from '../domain/metrics.js';
import { decayMetricOf, decayMetrics, defaultDecayMargin } from '../domain/monitoring/decay-policy.js';
import type { MonitorPolicy } from '../domain/pipeline-definition.js';
import { atLeast, column, share } from './pipeline-definition-fields.js';
import type { PipelineSections } from './pipeline-definition.js';

const marginText = 'a number of at least 0 in the unit of the metric, or { share: 0.1 } of what the report promised';

export const monitorSection = z
  .strictObject(
    {
      psiLimit: atLeast(0).default(0.25),
      metric: z.enum(decayMetrics, `one of ${decayMetrics.join(', ')}`).optional(),
      decayMargin: z
        .union(
          [z.number(marginText).min(0, marginText), z.strictObject({ share: share(marginText) }, marginText)],
          marginText,
        )
        .optional(),
      ignore: z.array(column, 'a list of features').optional(),
    },
    'the monitor policy',
  )
  .prefault({});

/** Decay is judged by the primary metric unless the definition names another; the default margin follows the metric. */
export function toMonitorPolicy({
  monitor,
  gates,
  label,
}: Pick<PipelineSections, 'monitor' | 'gates' | 'label'>): MonitorPolicy {
  const metric = monitor.metric ?? decayMetricOf(gates, label.kind);
  return {
    psiLimit: monitor.psiLimit,
    metric,
    decayMargin: monitor.decayMargin ?? defaultDecayMargin(metric),
    // Left out where nobody wrote it: definitions from before it was known keep their digest.
    ...(monitor.ignore === undefined ? {} : { ignore: monitor.ignore }),
  };
}

/** A metric that the label does not have is never measured, and a margin wider than the metric never exceeded. */
export function findMonitorProblems({ monitor, gates, label }: Partial<PipelineSections>): readonly Problem[] {
  if (monitor === undefined || label === undefined) return [];
  const metric = monitor.metric ?? decayMetricOf(gates ?? [], label.kind);
  const fitting = decayMetrics.filter((name) => metricTraits[name].kind === label.kind);
  if (metricTraits[metric].kind !== label.kind) {
    // Of a gate whose metric does not fit, the gates complain.
    if (monitor.metric === undefined) return [];
    const expected = `a metric of a ${label.kind} label: ${fitting.join(', ')}`;
    return [{ field: 'monitor.metric', found: JSON.stringify(metric), expected }];
  }
  const width = widthOf(metric);
  const { decayMargin } = monitor;
  if (width === null || typeof decayMargin !== 'number' || decayMargin <= width) return [];
  const expected = `at most ${String(width)}, the largest difference that two values of ${metricTraits[metric].label} can have; a usual one is 0.03`;
  return [{ field: 'monitor.decayMargin', found: String(decayMargin), expected }];
}

/** Whatever else is ignored was never compared. */
export function ignoredFeaturesAreKnown({ monitor, dataset }: Partial<PipelineSections>): readonly Problem[] {
  if (monitor?.ignore === undefined || dataset === undefined) return [];
  const known = Object.keys(dataset.features);
  const expected = `one of the features: ${known.join(', ')}`;
  return monitor.ignore.flatMap((name, index) =>
    known.includes(name) ? [] : [{ field: `monitor.ignore.${String(index)}`, found: JSON.stringify(name), expected }],
  );
}

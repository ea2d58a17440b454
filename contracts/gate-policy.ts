import { z } from 'zod';
import { metricTraits, type DirectedMetric, type LimitedMetric, type MetricName } from '../domain/metrics.js';
import type { GateSpec } from '../domain/gates/gate-rule.js';
import { atLeast, column, count, positiveDuration, share } from './pipeline-definition-fields.js';

const directed = (Object.keys(metricTraits) as MetricName[]).filter(isDirected);
/** A metric with a direction: nothing is better or worse by a metric with a target. */
const metric = z.enum(directed, `one of ${directed.join(', ')}`);
const limited = [...directed, 'bias'] as const satisfies readonly LimitedMetric[];
const mode = z.enum(['enforce', 'advise', 'observe'], 'enforce, advise or observe').default('enforce');
const portion = share('a share from 0 to 1');
const above = (expected: string) => z.number(expected).gt(0, expected);

/** One gate as `enforce`, `advise` or `observe`; the builders in `define-gates.ts` write it. */
export const gate = z.discriminatedUnion(
  'check',
  [
    z.strictObject({
      mode,
      check: z.literal('floor'),
      metric: z.enum(limited, `one of ${limited.join(', ')}`),
      limit: z.number('a number'),
    }),
    z.strictObject({
      mode,
      check: z.literal('not-worse'),
      metric,
      margin: above('a margin above 0; use better(…) where nothing may be lost'),
    }),
    z.strictObject({ mode, check: z.literal('better'), metric, by: atLeast(0) }),
    z.strictObject({ mode, check: z.literal('beats-baseline'), metric, by: atLeast(0) }),
    z.strictObject({
      mode,
      check: z.literal('worst-slice'),
      metric,
      column,
      minRows: count(1),
      harm: above('a harm above 0'),
    }),
    z.strictObject({
      mode,
      check: z.literal('fair'),
      measure: z.enum(
        ['demographic-parity', 'equalized-odds', 'equal-opportunity'],
        'demographic-parity, equalized-odds or equal-opportunity',
      ),
      columns: z.array(column, 'a list of columns').min(1, 'at least one column').readonly(),
      maxDifference: portion,
      minRows: count(1),
      minPositives: count(0),
      minNegatives: count(0),
    }),
    z.strictObject({ mode, check: z.literal('calibrated'), maxEce: portion, maxSlopeError: atLeast(0).nullable() }),
    z.strictObject({ mode, check: z.literal('stable'), metric, harm: atLeast(0), minShare: portion }),
    z.strictObject({ mode, check: z.literal('impact'), maxFlips: portion, maxValueLoss: atLeast(0).nullable() }),
    z.strictObject({ mode, check: z.literal('data-quality'), maxQuarantineShare: portion, minCoverage: portion }),
    z.strictObject({ mode, check: z.literal('no-leakage'), maxSingleAuc: portion, maxLagLoss: portion }),
    z.strictObject({ mode, check: z.literal('no-skew'), maxDiffering: portion, tolerance: atLeast(0) }),
    z.strictObject({ mode, check: z.literal('loads'), tolerance: atLeast(0) }),
    z
      .strictObject({
        mode,
        check: z.literal('volume'),
        deadline: positiveDuration,
        memoryMb: count(1),
        rows: count(1).nullable(),
      })
      .transform(({ deadline, ...bounds }) => ({ ...bounds, deadlineMs: deadline })),
    z.strictObject({ mode, check: z.literal('robust'), maxFlips: portion }),
  ],
  'a gate such as notWorse(…), worstSlice(…), calibrated(…) or loads(…)',
) satisfies z.ZodType<GateSpec>;

/** A gate as people write it: what a builder gives. */
export type GateInput = z.input<typeof gate>;

function isDirected(name: MetricName): name is DirectedMetric {
  return typeof metricTraits[name].better === 'string';
}

import { differenceIn, type Comparison, type Difference } from '../../domain/gates/comparison.js';
import { isHigherBetter, metricTraits, type MetricName } from '../../domain/metrics.js';
import { sayPercent } from '../../domain/gates/check-facts.js';
import type { GateCheck, SliceFinding } from '../../domain/gates/gate-report.js';
import { forestHeight, forestOption, type ForestRow } from './forest-plot.js';
import { formatCount, formatRange, formatSigned, formatValue, formatWindow } from './format.js';
import type { Plot } from './plot.js';

/** More slices than this in one picture are not looked at. */
const SHOWN_SLICES = 20;

/** For each metric the difference with its interval, all folds together and one by one. */
export function differencePlots(comparison: Comparison, checks: readonly GateCheck[]): readonly Plot[] {
  return comparison.metrics.map((metric) => differencePlot(metric, comparison, checks));
}

function differencePlot(metric: MetricName, comparison: Comparison, checks: readonly GateCheck[]): Plot {
  const lines = [
    { label: 'all folds', rows: comparison.rows, difference: differenceIn(comparison.pooled.differences, metric) },
    ...comparison.folds.map((fold) => ({
      label: shortDays(formatWindow(fold.window)),
      rows: fold.rows,
      difference: differenceIn(fold.differences, metric),
    })),
  ];
  const gate = checks.find(({ spec }) => spec.check === 'not-worse' && spec.metric === metric);
  const better = isHigherBetter(metric) ? 'right of zero is better' : 'left of zero is better';
  const all = differenceIn(comparison.pooled.differences, metric);
  return {
    title: `Difference in ${metricTraits[metric].label}`,
    description: `Challenger minus champion with ${sayPercent(comparison.method.confidence)} intervals, ${better}: ${formatSigned(all.estimate)}, ${formatRange(all.lower, all.upper)} over all folds${gate === undefined ? '' : `; the dashed line is the gate's limit of ${formatSigned(gate.limit)}`}.`,
    height: forestHeight(lines.length),
    option: forestOption({
      rows: lines.map(({ label, difference }): ForestRow => ({ label, ...difference })),
      limit: gate?.limit ?? null,
      axisName: better,
    }),
    columns: ['Fold', 'Rows', 'Days', 'Difference', 'Interval', 'Would notice'],
    rows: lines.map(({ label, rows, difference }) => [label, formatCount(rows), ...differenceCells(difference)]),
  };
}

function differenceCells(difference: Difference): readonly string[] {
  const interval = difference.reason ?? formatRange(difference.lower, difference.upper);
  return [
    formatCount(difference.blocks),
    formatSigned(difference.estimate),
    interval,
    formatValue(difference.minimumDetectable),
  ];
}

/** The slices that a worst-slice check looked at, the most harmed on top. */
export function slicePlot(check: GateCheck): Plot | null {
  if (check.spec.check !== 'worst-slice') return null;
  const { metric, column, harm, minRows } = check.spec;
  const shown = check.slices.filter((slice) => slice.finding !== 'unsupported').slice(0, SHOWN_SLICES);
  if (shown.length === 0) return null;
  const worst = shown[0];
  const better = isHigherBetter(metric) ? 'right of zero is better' : 'left of zero is better';
  return {
    title: `Difference in ${metricTraits[metric].label} by ${column}`,
    description: `The ${String(shown.length)} lowest of the slices with at least ${formatCount(minRows)} rows, ${better}; the dashed line is the harm that fails a slice (${formatValue(harm)}). Lowest: ${sliceName(worst?.value ?? null)} with ${formatSigned(worst?.difference ?? null)}.`,
    height: forestHeight(shown.length),
    option: forestOption({
      rows: shown.map((slice) => ({
        label: `${sliceName(slice.value)} (${formatCount(slice.rows)})`,
        estimate: slice.difference,
        lower: slice.lower,
        upper: slice.upper,
        isHarmed: slice.finding === 'harmed',
      })),
      limit: isHigherBetter(metric) ? -harm : harm,
      axisName: better,
    }),
    columns: [column, 'Rows', 'Difference', 'Interval', 'Would notice', 'Adjusted p', 'Finding'],
    rows: check.slices.map(sliceCells),
  };
}

function sliceCells(slice: SliceFinding): readonly string[] {
  return [
    sliceName(slice.value),
    formatCount(slice.rows),
    formatSigned(slice.difference),
    formatRange(slice.lower, slice.upper),
    formatValue(slice.minimumDetectable),
    formatValue(slice.adjustedP),
    { harmed: 'harmed', 'no-harm-shown': 'no harm shown', unsupported: 'too small to judge' }[slice.finding],
  ];
}

export function sliceName(value: string | null): string {
  return value ?? '(no value)';
}

/** `04-01 to 04-07`: the year stands in the table of windows. */
function shortDays(days: string): string {
  return days.replaceAll(/\d{4}-(\d{2}-\d{2})/g, '$1');
}

import { sayPercent } from '../../domain/gates/check-facts.js';
import { differenceIn, type Comparison, type Difference, type SliceComparison } from '../../domain/gates/comparison.js';
import type { GateCheck } from '../../domain/gates/gate-report.js';
import { isHigherBetter, metricTraits, type MetricName } from '../../domain/metrics.js';
import { groupedBy } from './grouped.js';
import { forestHeight, forestOption, type ForestRow } from './forest-plot.js';
import { formatCount, formatRange, formatSigned, formatValue, formatWindow, sliceName } from './format.js';
import { leadingMetrics } from './metric-table.js';
import type { Plot } from './plot.js';
import { sayIntervals, sliceCells, sliceColumns } from './slice-table.js';

/** More slices or folds than this in one picture are not looked at. */
const SHOWN_ROWS = 20;

/** For each metric the difference with its interval, all folds together and one by one. Gated metrics come first. */
export function differencePlots(comparison: Comparison, checks: readonly GateCheck[]): readonly Plot[] {
  return leadingMetrics(comparison, checks).map((metric) => differencePlot(metric, comparison, checks));
}

function differencePlot(metric: MetricName, comparison: Comparison, checks: readonly GateCheck[]): Plot {
  const all = differenceIn(comparison.pooled.differences, metric);
  const lines = [
    { label: 'all folds', rows: comparison.rows, difference: all },
    ...comparison.folds.map((fold) => ({
      label: shortDays(formatWindow(fold.window)),
      rows: fold.rows,
      difference: differenceIn(fold.differences, metric),
    })),
  ];
  const drawn = lines.slice(0, SHOWN_ROWS + 1);
  const gate = checks.find(({ spec }) => spec.check === 'not-worse' && spec.metric === metric);
  const better = betterSide(metric);
  const limit = gate === undefined ? '' : `; the dashed line is the gate's limit of ${formatSigned(gate.limit)}`;
  return {
    title: `Difference in ${metricTraits[metric].label} by fold`,
    description: `Challenger minus champion with ${sayPercent(comparison.method.level)} intervals, ${better}: ${describe(all)} over all folds (${formatCount(comparison.rows)} rows)${limit}.`,
    height: forestHeight(drawn.length),
    option: forestOption({
      rows: drawn.map(({ label, difference }): ForestRow => ({ label, ...difference })),
      limit: gate?.limit ?? null,
      axisName: better,
    }),
    columns: ['Fold', 'Rows', 'Blocks', 'Difference', 'Interval', 'Would notice'],
    rows: lines.map(({ label, rows, difference }) => [label, formatCount(rows), ...blockCells(difference)]),
  };
}

function describe({ estimate, lower, upper, reason }: Difference): string {
  if (estimate === null) return reason ?? 'not measurable';
  return `${formatSigned(estimate)}, ${lower === null ? (reason ?? 'no interval') : formatRange(lower, upper)}`;
}

function blockCells(difference: Difference): readonly string[] {
  return [
    formatCount(difference.blocks),
    formatSigned(difference.estimate),
    difference.reason ?? formatRange(difference.lower, difference.upper),
    formatValue(difference.minimumDetectable),
  ];
}

function betterSide(metric: MetricName): string {
  if (typeof metricTraits[metric].better === 'object') return 'neither side is better by itself';
  return isHigherBetter(metric) ? 'right of zero is better' : 'left of zero is better';
}

/** The slices that worst-slice checks judged, and the values of slice columns that no check judges. */
export function slicePlots(comparison: Comparison, checks: readonly GateCheck[]): readonly Plot[] {
  const judged = checks.filter(({ spec }) => spec.check === 'worst-slice');
  const judgedColumns = new Set(judged.flatMap(({ spec }) => (spec.check === 'worst-slice' ? [spec.column] : [])));
  const others = groupedBy(
    comparison.slices.filter((slice) => !judgedColumns.has(slice.column)),
    (slice) => slice.column,
  );
  const plots = [...judged.map(judgedPlot), ...[...others].map((entry) => plainPlot(entry, comparison))];
  return plots.filter((plot) => plot !== null);
}

function judgedPlot(check: GateCheck): Plot | null {
  if (check.spec.check !== 'worst-slice') return null;
  const { metric, column, harm, minRows } = check.spec;
  const shown = check.slices.filter((slice) => slice.finding !== 'unsupported').slice(0, SHOWN_ROWS);
  const [worst] = shown;
  if (worst === undefined) return null;
  return {
    title: `Difference in ${metricTraits[metric].label} by ${column}`,
    description: `The ${formatCount(shown.length)} worst off of the slices with at least ${formatCount(minRows)} rows, ${betterSide(metric)}; the dashed line is the harm that fails a slice (${formatValue(harm)}), red is shown to be harmed; ${sayIntervals(shown)}. Worst off: ${sliceName(worst.value)} with ${formatSigned(worst.difference)}; rows in brackets.`,
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
      axisName: betterSide(metric),
    }),
    columns: sliceColumns(column),
    rows: check.slices.map(sliceCells),
  };
}

function plainPlot(
  [column, slices]: readonly [string, readonly SliceComparison[]],
  comparison: Comparison,
): Plot | null {
  const [metric] = comparison.metrics;
  if (metric === undefined) return null;
  const bySize = [...slices].sort((left, right) => right.rows - left.rows);
  const shown = bySize.slice(0, SHOWN_ROWS).map((slice) => ({
    label: `${sliceName(slice.value)} (${formatCount(slice.rows)})`,
    ...differenceIn(slice.differences, metric),
  }));
  return {
    title: `Difference in ${metricTraits[metric].label} by ${column}`,
    description: `The ${formatCount(shown.length)} largest of ${formatCount(slices.length)} values, ${betterSide(metric)}; no check judges them, and intervals are not adjusted for their number; rows in brackets.`,
    height: forestHeight(shown.length),
    option: forestOption({ rows: shown, limit: null, axisName: betterSide(metric) }),
    columns: [column, 'Rows', 'Blocks', 'Difference', 'Interval', 'Would notice'],
    rows: bySize.map((slice) => [
      sliceName(slice.value),
      formatCount(slice.rows),
      ...blockCells(differenceIn(slice.differences, metric)),
    ]),
  };
}

/** `04-01 to 04-07`: the year stands in the table of windows. */
function shortDays(days: string): string {
  return days.replaceAll(/\d{4}-(\d{2}-\d{2})/g, '$1');
}

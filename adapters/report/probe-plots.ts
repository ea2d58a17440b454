import type { DecisionFlips } from '../../domain/gates/comparison.js';
import type { ImportanceFacts, RobustnessFacts } from '../../domain/gates/probes.js';
import { barHeight, barOption } from './bar-plot.js';
import { importanceColumns, importanceRows } from './importance-table.js';
import { formatCount, formatPercent, formatSigned, formatValue, harmOf } from './format.js';
import { plotColors, plotText, type Plot } from './plot.js';

/** More bars than this in one picture are not looked at; the table below has them all. */
const SHOWN_BARS = 15;

/** Decisions that would turn, and of classes how many of them turn out right; null where nothing turns. */
export function flipsPlot(flips: DecisionFlips): Plot | null {
  const turns = [
    { name: 'to positive', rows: flips.toPositive, right: flips.toPositiveRight },
    { name: 'to negative', rows: flips.toNegative, right: flips.toNegativeRight },
  ];
  const turned = flips.toPositive + flips.toNegative;
  if (turned === 0) return null;
  const parts = flipParts(turns);
  return {
    title: 'Decisions that would turn',
    description: `${formatCount(turned)} of ${formatCount(flips.rows)} decisions: ${turns.map(sayTurn).join('; ')}.`,
    height: 190,
    option: {
      legend: { data: parts.map(({ name }) => name), top: 0, textStyle: plotText, itemGap: 18 },
      grid: { left: 100, right: 24, top: 40, bottom: 54 },
      xAxis: {
        type: 'value',
        splitNumber: 3,
        name: 'rows',
        nameLocation: 'middle',
        nameGap: 32,
        nameTextStyle: plotText,
        axisLabel: { ...plotText, formatter: formatCount, hideOverlap: true },
        splitLine: { lineStyle: { color: plotColors.grid } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: turns.map(({ name }) => name),
        axisLabel: plotText,
        axisTick: { show: false },
      },
      series: parts.map(({ name, color, rows }) => ({
        name,
        type: 'bar',
        stack: 'rows',
        barWidth: 26,
        data: rows,
        itemStyle: { color },
      })),
    },
    columns: ['Turned', 'Rows', ...(parts.length === 1 ? [] : ['Then right', 'Then wrong'])],
    rows: turns.map(({ name, rows, right }) => [
      name,
      formatCount(rows),
      ...(right === null ? [] : [formatCount(right), formatCount(rows - right)]),
    ]),
  };
}

interface Turn {
  readonly name: string;
  readonly rows: number;
  /** Null where the label is a number. */
  readonly right: number | null;
}

function sayTurn({ name, rows, right }: Turn): string {
  return `${formatCount(rows)} ${name}${right === null ? '' : `, ${formatCount(right)} of them right`}`;
}

/** What the bars are stacked of: one part where no decision is right or wrong. */
function flipParts(turns: readonly Turn[]) {
  if (turns.some(({ right }) => right === null)) {
    return [{ name: 'turned', color: plotColors.challenger, rows: turns.map(({ rows }) => rows) }];
  }
  return [
    { name: 'then right', color: plotColors.challenger, rows: turns.map(({ right }) => right ?? 0) },
    { name: 'then wrong', color: plotColors.harm, rows: turns.map(({ rows, right }) => rows - (right ?? 0)) },
  ];
}

/** What the model leans on, and whether that is what the champion leaned on. */
export function importancePlot({ metric, rows, repeats, features }: ImportanceFacts): Plot | null {
  const [first] = features;
  if (first === undefined) return null;
  const shown = features.slice(0, SHOWN_BARS);
  const harm = harmOf(metric);
  const of =
    features.length > shown.length
      ? `, the first ${formatCount(shown.length)} of ${formatCount(features.length)} features`
      : '';
  return {
    title: 'What the model leans on',
    description: `${harm} when one feature is shuffled${of}: mean and standard deviation of ${formatCount(repeats)} shuffles over ${formatCount(rows)} rows; rings are the champion. Largest: ${first.feature} with ${formatValue(first.challenger?.mean ?? null)}.`,
    height: barHeight(shown.length),
    option: barOption({
      rows: shown.map(({ feature, challenger, champion }) => ({
        label: feature,
        value: challenger?.mean ?? null,
        spread: challenger?.sd ?? null,
        mark: champion?.mean ?? null,
      })),
      axisName: harm,
    }),
    columns: importanceColumns,
    rows: importanceRows(features),
  };
}

/** What wrong or unusual inputs do; null where no decision was counted. */
export function robustnessPlot({ variants }: RobustnessFacts, maxFlips: number | null): Plot | null {
  const counted = variants.flatMap((variant) => {
    const { kind, feature, flipShare, badScores } = variant;
    return flipShare === null ? [] : [{ label: `${feature ?? 'all'}, ${kind}`, flipShare, badScores, variant }];
  });
  const byHarm = [...counted].sort(
    (left, right) => right.badScores - left.badScores || right.flipShare - left.flipShare,
  );
  const [worst] = byHarm;
  if (worst === undefined) return null;
  const shown = byHarm.slice(0, SHOWN_BARS);
  const limit = maxFlips === null ? '' : `; the dashed line is the limit of ${formatPercent(maxFlips)}`;
  return {
    title: 'What wrong inputs do',
    description: `Share of decisions that turn when inputs are perturbed, out of range or missing, the ${formatCount(shown.length)} strongest of ${formatCount(variants.length)} variants${limit}. Strongest: ${worst.label} with ${formatPercent(worst.flipShare)} of ${formatCount(worst.variant.rows)} rows.`,
    height: barHeight(shown.length),
    option: barOption({
      rows: shown.map(({ label, flipShare, badScores }) => ({
        label,
        value: flipShare,
        isHarm: badScores > 0 || (maxFlips !== null && flipShare > maxFlips),
      })),
      axisName: 'share of decisions that turn',
      limit: maxFlips,
    }),
    columns: ['Inputs', 'Rows', 'No number', 'Decisions that turn', 'Mean shift', 'Loss'],
    rows: variants.map(({ kind, feature, rows, badScores, flipShare, meanShift, loss }) => [
      `${feature ?? 'every feature'}, ${kind}`,
      formatCount(rows),
      formatCount(badScores),
      flipShare === null ? '–' : formatPercent(flipShare),
      formatSigned(meanShift),
      formatValue(loss),
    ]),
  };
}

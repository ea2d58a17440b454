import {
  estimateIn,
  type Comparison,
  type ReliabilityBin,
  type ScoreHistogram,
} from '../../domain/gates/comparison.js';
import { formatCount, formatPercent, formatValue } from './format.js';
import { axisNumber } from './forest-plot.js';
import { plotColors, plotText, type Plot } from './plot.js';
import { axisStyle, diagonal, legend, SCORE_PLOT_HEIGHT, sideLine } from './score-axes.js';

/** What the scores promised against what happened; null where there are no groups, as for predictions of a number. */
export function reliabilityPlot(comparison: Comparison): Plot | null {
  const { champion, challenger } = comparison.reliability;
  if (champion.length === 0 && challenger.length === 0) return null;
  const highest = Math.max(...[...champion, ...challenger].flatMap((bin) => [bin.meanScore, bin.positiveShare]), 0.1);
  const max = Math.min(1, Math.ceil(highest * 10) / 10);
  const ece = {
    champion: estimateIn(comparison.pooled.champion, 'ece').value,
    challenger: estimateIn(comparison.pooled.challenger, 'ece').value,
  };
  return {
    title: 'Do the scores come true?',
    description: `Share of positive labels against mean score in up to 15 groups of equal size; on the thin diagonal a score is what happens (${formatCount(comparison.rows)} rows). Calibration error: champion ${formatValue(ece.champion)}, challenger ${formatValue(ece.challenger)}.`,
    height: SCORE_PLOT_HEIGHT,
    option: {
      legend: legend(['champion', 'challenger']),
      grid: { left: 64, right: 18, top: 40, bottom: 56 },
      xAxis: { type: 'value', min: 0, max, name: 'mean score', nameGap: 32, ...axisStyle },
      yAxis: { type: 'value', min: 0, max, name: 'share positive', nameGap: 42, ...axisStyle },
      series: [sideLine('champion', points(champion)), sideLine('challenger', points(challenger)), diagonal(0, max)],
    },
    columns: ['Side', 'Group', 'Rows', 'Mean score', 'Share positive'],
    rows: [...binRows('champion', champion), ...binRows('challenger', challenger)],
  };
}

function points(bins: readonly ReliabilityBin[]) {
  return bins.map((bin) => [bin.meanScore, bin.positiveShare] as const);
}

function binRows(side: string, bins: readonly ReliabilityBin[]): readonly (readonly string[])[] {
  return bins.map((bin, index) => [
    side,
    String(index + 1),
    formatCount(bin.rows),
    formatValue(bin.meanScore),
    formatValue(bin.positiveShare),
  ]);
}

/** How the scores are spread; null where no score lies within the range. */
export function histogramPlot(comparison: Comparison): Plot | null {
  const { champion, challenger } = comparison.histograms;
  if (![...champion.counts, ...challenger.counts].some((count) => count > 0)) return null;
  const { least, most } = rangeOf(challenger);
  const isNumber = comparison.labelKind === 'regression';
  const what = isNumber ? 'prediction' : 'score';
  const ends = isNumber ? `${formatValue(least)} to ${formatValue(most)}` : '0 to 1';
  const outside = champion.outside + challenger.outside;
  return {
    title: `How the ${what}s are spread`,
    description: `Share of the rows by ${what}, in ${String(challenger.counts.length)} bins from ${ends} (${formatCount(comparison.rows)} rows). Most frequent: champion ${modeOf(champion)}, challenger ${modeOf(challenger)}.`,
    height: SCORE_PLOT_HEIGHT,
    option: {
      legend: legend(['champion', 'challenger']),
      grid: { left: 64, right: 18, top: 40, bottom: 56 },
      xAxis: {
        type: 'value',
        min: least,
        max: most,
        name: what,
        nameGap: 32,
        ...axisStyle,
        ...(isNumber ? { axisLabel: { ...plotText, formatter: axisNumber, hideOverlap: true } } : {}),
      },
      yAxis: {
        type: 'value',
        name: 'share of rows',
        nameGap: 46,
        ...axisStyle,
        axisLabel: { ...plotText, formatter: (share: number) => `${String(Math.round(share * 1000) / 10)} %` },
      },
      series: [
        histogramLine('champion', champion, plotColors.champion, 'dashed'),
        histogramLine('challenger', challenger, plotColors.challenger, 'solid'),
      ],
    },
    columns: [isNumber ? 'Prediction' : 'Score', 'Champion rows', 'Challenger rows'],
    rows: [
      ...challenger.counts.map((count, bin) => [
        binName(bin, challenger),
        formatCount(champion.counts[bin] ?? 0),
        formatCount(count),
      ]),
      // All predictions lie within the range that was made from them.
      ...(isNumber && outside === 0
        ? []
        : [[`outside ${ends}`, formatCount(champion.outside), formatCount(challenger.outside)]]),
    ],
  };
}

function histogramLine(name: string, histogram: ScoreHistogram, color: string, type: 'solid' | 'dashed') {
  const { counts } = histogram;
  const { most } = rangeOf(histogram);
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const steps = counts.map((count, bin) => [edgeOf(bin, histogram), count / total]);
  return {
    name,
    type: 'line',
    step: 'end',
    data: [...steps, [most, (counts.at(-1) ?? 0) / total]],
    symbol: 'none',
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    areaStyle: { color, opacity: 0.12 },
  };
}

function modeOf(histogram: ScoreHistogram): string {
  const { counts } = histogram;
  const most = Math.max(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  return `${binName(counts.indexOf(most), histogram)} (${formatPercent(most / total)})`;
}

function rangeOf({ range }: ScoreHistogram): { readonly least: number; readonly most: number } {
  return range ?? { least: 0, most: 1 };
}

function edgeOf(bin: number, histogram: ScoreHistogram): number {
  const { least, most } = rangeOf(histogram);
  return least + (bin / histogram.counts.length) * (most - least);
}

function binName(bin: number, histogram: ScoreHistogram): string {
  const say = (edge: number) => (histogram.range === undefined ? edge.toFixed(2) : formatValue(edge));
  return `${say(edgeOf(bin, histogram))} to ${say(edgeOf(bin + 1, histogram))}`;
}

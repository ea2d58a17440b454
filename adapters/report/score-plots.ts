import {
  estimateIn,
  type Comparison,
  type ReliabilityBin,
  type ScoreHistogram,
} from '../../domain/gates/comparison.js';
import { formatCount, formatPercent, formatValue } from './format.js';
import { plotColors, plotText, type Plot } from './plot.js';

const HEIGHT = 340;

const axisStyle = {
  nameLocation: 'middle',
  nameTextStyle: plotText,
  axisLabel: plotText,
  splitLine: { lineStyle: { color: plotColors.grid } },
} as const;

const legend = (names: readonly string[]) => ({ data: names, top: 0, textStyle: plotText, itemGap: 18 });

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
    height: HEIGHT,
    option: {
      legend: legend(['champion', 'challenger']),
      grid: { left: 64, right: 18, top: 40, bottom: 56 },
      xAxis: { type: 'value', min: 0, max, name: 'mean score', nameGap: 32, ...axisStyle },
      yAxis: { type: 'value', min: 0, max, name: 'share positive', nameGap: 42, ...axisStyle },
      series: [
        reliabilityLine('champion', champion, plotColors.champion),
        reliabilityLine('challenger', challenger, plotColors.challenger),
        {
          type: 'line',
          data: [
            [0, 0],
            [max, max],
          ],
          symbol: 'none',
          lineStyle: { color: plotColors.line, width: 1, type: 'dashed' },
        },
      ],
    },
    columns: ['Side', 'Group', 'Rows', 'Mean score', 'Share positive'],
    rows: [...binRows('champion', champion), ...binRows('challenger', challenger)],
  };
}

function reliabilityLine(name: 'champion' | 'challenger', bins: readonly ReliabilityBin[], color: string) {
  return {
    name,
    type: 'line',
    data: bins.map((bin) => [bin.meanScore, bin.positiveShare]),
    symbol: name === 'champion' ? 'circle' : 'diamond',
    symbolSize: name === 'champion' ? 7 : 10,
    lineStyle: { color, width: 2 },
    itemStyle: { color },
  };
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

/** How the scores are spread; null where no score lies between 0 and 1. */
export function histogramPlot(comparison: Comparison): Plot | null {
  const { champion, challenger } = comparison.histograms;
  if (![...champion.counts, ...challenger.counts].some((count) => count > 0)) return null;
  return {
    title: 'How the scores are spread',
    description: `Share of the rows by score, in ${String(challenger.counts.length)} bins from 0 to 1 (${formatCount(comparison.rows)} rows). Most frequent: champion ${modeOf(champion)}, challenger ${modeOf(challenger)}.`,
    height: HEIGHT,
    option: {
      legend: legend(['champion', 'challenger']),
      grid: { left: 64, right: 18, top: 40, bottom: 56 },
      xAxis: { type: 'value', min: 0, max: 1, name: 'score', nameGap: 32, ...axisStyle },
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
    columns: ['Score', 'Champion rows', 'Challenger rows'],
    rows: [
      ...challenger.counts.map((count, bin) => [
        binName(bin, challenger.counts.length),
        formatCount(champion.counts[bin] ?? 0),
        formatCount(count),
      ]),
      ['outside 0 to 1', formatCount(champion.outside), formatCount(challenger.outside)],
    ],
  };
}

function histogramLine(name: string, histogram: ScoreHistogram, color: string, type: 'solid' | 'dashed') {
  const { counts } = histogram;
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const points = counts.map((count, bin) => [bin / counts.length, count / total]);
  return {
    name,
    type: 'line',
    step: 'end',
    data: [...points, [1, (counts.at(-1) ?? 0) / total]],
    symbol: 'none',
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    areaStyle: { color, opacity: 0.12 },
  };
}

function modeOf({ counts }: ScoreHistogram): string {
  const most = Math.max(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  return `${binName(counts.indexOf(most), counts.length)} (${formatPercent(most / total)})`;
}

function binName(bin: number, bins: number): string {
  return `${(bin / bins).toFixed(2)} to ${((bin + 1) / bins).toFixed(2)}`;
}

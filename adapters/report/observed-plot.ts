import { estimateIn, type Comparison, type ObservedBin } from '../../domain/gates/comparison.js';
import { axisNumber } from './forest-plot.js';
import { formatCount, formatSigned, formatValue } from './format.js';
import { plotText, type Plot } from './plot.js';
import { axisStyle, diagonal, legend, SCORE_PLOT_HEIGHT, sideLine } from './score-axes.js';

/** What was predicted against what was observed, by tenths of the rows; null for classes and for reports without it. */
export function observedPlot({ observed, pooled, rows }: Comparison): Plot | null {
  if (observed === undefined || observed.champion.length + observed.challenger.length === 0) return null;
  const { champion, challenger } = observed;
  const ends = [...champion, ...challenger].flatMap((bin) => [bin.meanScore, bin.meanLabel]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const bias = (side: 'champion' | 'challenger') => formatSigned(estimateIn(pooled[side], 'bias').value);
  const points = (bins: readonly ObservedBin[]) => bins.map((bin) => [bin.meanScore, bin.meanLabel] as const);
  // The groups lie between the ends of the axes, which are round numbers around them.
  const axis = { type: 'value', scale: true, ...axisStyle, axisLabel: { ...plotText, formatter: axisNumber } } as const;
  return {
    title: 'Do the predictions come true?',
    description: `Mean observed number against mean prediction in up to 10 groups of equal size; on the thin diagonal a prediction is what happens (${formatCount(rows)} rows). Bias, prediction less observed: champion ${bias('champion')}, challenger ${bias('challenger')}.`,
    height: SCORE_PLOT_HEIGHT,
    option: {
      legend: legend(['champion', 'challenger']),
      grid: { left: 64, right: 18, top: 40, bottom: 56 },
      xAxis: { ...axis, name: 'mean prediction', nameGap: 32 },
      yAxis: { ...axis, name: 'mean observed', nameGap: 46 },
      series: [
        sideLine('champion', points(champion)),
        sideLine('challenger', points(challenger)),
        diagonal(least, most),
      ],
    },
    columns: ['Side', 'Group', 'Rows', 'Mean prediction', 'Mean observed', 'Prediction less observed'],
    rows: [...binRows('champion', champion), ...binRows('challenger', challenger)],
  };
}

function binRows(side: string, bins: readonly ObservedBin[]): readonly (readonly string[])[] {
  return bins.map(({ rows, meanScore, meanLabel }, index) => [
    side,
    String(index + 1),
    formatCount(rows),
    formatValue(meanScore),
    formatValue(meanLabel),
    formatSigned(meanScore - meanLabel),
  ]);
}

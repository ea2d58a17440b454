import { plotColors, plotText } from './plot.js';

/** Of pictures with two lines, one for each side. */
export const SCORE_PLOT_HEIGHT = 340;

export const axisStyle = {
  nameLocation: 'middle',
  nameTextStyle: plotText,
  axisLabel: plotText,
  splitLine: { lineStyle: { color: plotColors.grid } },
} as const;

export const legend = (names: readonly string[]) => ({ data: names, top: 0, textStyle: plotText, itemGap: 18 });

/** One side's groups: told apart by mark and by colour. */
export function sideLine(
  name: 'champion' | 'challenger',
  data: readonly (readonly [x: number, y: number])[],
): Record<string, unknown> {
  const color = plotColors[name];
  return {
    name,
    type: 'line',
    data,
    symbol: name === 'champion' ? 'circle' : 'diamond',
    symbolSize: name === 'champion' ? 7 : 10,
    lineStyle: { color, width: 2 },
    itemStyle: { color },
  };
}

/** Where what was promised is what happened. */
export function diagonal(least: number, most: number): Record<string, unknown> {
  return {
    type: 'line',
    data: [
      [least, least],
      [most, most],
    ],
    symbol: 'none',
    lineStyle: { color: plotColors.line, width: 1, type: 'dashed' },
  };
}

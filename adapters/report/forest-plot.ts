import type { CustomSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';
import { plotColors, plotText } from './plot.js';

const ROW_HEIGHT = 30;
const FRAME_HEIGHT = 74;
const LABEL_WIDTH = 134;
const LABEL_LETTERS = 16;

/** One line of a forest plot: an estimate and its interval. */
export interface ForestRow {
  readonly label: string;
  readonly estimate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly isHarmed?: boolean;
}

export function forestHeight(rows: number): number {
  return FRAME_HEIGHT + rows * ROW_HEIGHT;
}

/** Estimates as dots and intervals as bars, one below the other, with a line at zero and a dashed one at the limit. */
export function forestOption(args: {
  readonly rows: readonly ForestRow[];
  /** Where the policy draws the line; null when it draws none. */
  readonly limit: number | null;
  readonly axisName: string;
}): EChartsCoreOption {
  const { rows, limit, axisName } = args;
  const reach = findReach(rows, limit);
  return {
    grid: { left: LABEL_WIDTH + 12, right: 18, top: 12, bottom: 54 },
    xAxis: {
      type: 'value',
      ...reach,
      name: axisName,
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: plotText,
      axisLabel: { ...plotText, formatter: axisNumber },
      splitLine: { lineStyle: { color: plotColors.grid } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map((row) => fitLabel(row.label)),
      axisLabel: { ...plotText, interval: 0 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    series: [intervalSeries(rows, limit)],
  };
}

/**
 * A label as long as its place: the drawing program cannot know how wide letters are in the reader's font. What stands
 * in brackets or behind a comma at the end is kept.
 */
export function fitLabel(label: string, letters = LABEL_LETTERS): string {
  if (label.length <= letters) return label;
  const ending = /(?: \([^()]*\)|, [a-z-]+)$/.exec(label)?.[0] ?? '';
  return `${label.slice(0, Math.max(letters - ending.length - 1, 3)).trimEnd()}…${ending}`;
}

/** A number beside a tick: as short as it can be. */
export function axisNumber(value: number): string {
  return Number(value.toPrecision(4)).toString().replaceAll('-', '−');
}

/** Zero is always in view, and the limit too: a difference without its yardstick says nothing. */
function findReach(rows: readonly ForestRow[], limit: number | null): { min: number; max: number; interval: number } {
  const values = rows.flatMap(({ estimate, lower, upper }) => [estimate, lower, upper]);
  const known = [0, limit, ...values].filter((value) => value !== null);
  const min = Math.min(...known);
  const max = Math.max(...known);
  const interval = niceStep((max - min || 0.01) / 3);
  const onGrid = (steps: number) => Number((steps * interval).toPrecision(12));
  const first = Math.floor(min / interval);
  // An axis without any width would be stretched, with hundreds of ticks.
  const last = Math.max(Math.ceil(max / interval), first + 1);
  return { min: onGrid(first), max: onGrid(last), interval };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

function intervalSeries(rows: readonly ForestRow[], limit: number | null): CustomSeriesOption {
  const lineAt = (xAxis: number, type: 'solid' | 'dashed', color: string) => ({
    xAxis,
    lineStyle: { type, color, width: 1.5 },
  });
  return {
    type: 'custom',
    silent: true,
    data: rows.map((row, index) => [row.estimate ?? 0, index]),
    renderItem: (params, api) => {
      const row = rows[params.dataIndex];
      if (row?.estimate === null || row === undefined) return null;
      const place = (value: number): number[] => api.coord([value, params.dataIndex]);
      const [x = 0, y = 0] = place(row.estimate);
      const color = row.isHarmed === true ? plotColors.harm : plotColors.challenger;
      const dot = { type: 'circle' as const, shape: { cx: x, cy: y, r: 5 }, style: { fill: color } };
      if (row.lower === null || row.upper === null) return { type: 'group', children: [dot] };
      const [from = 0] = place(row.lower);
      const [to = 0] = place(row.upper);
      const bar = {
        type: 'line' as const,
        shape: { x1: from, y1: y, x2: to, y2: y },
        style: { stroke: color, lineWidth: 3 },
      };
      return { type: 'group', children: [bar, dot] };
    },
    markLine: {
      symbol: 'none',
      silent: true,
      // Without this the line is drawn at its value rounded to two decimals.
      precision: 12,
      label: { show: false },
      data: [
        lineAt(0, 'solid', plotColors.line),
        ...(limit === null ? [] : [lineAt(limit, 'dashed', plotColors.harm)]),
      ],
    },
  };
}

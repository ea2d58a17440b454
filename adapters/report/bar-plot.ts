import type { CustomSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';
import { axisNumber, fitLabel } from './forest-plot.js';
import { plotColors, plotText } from './plot.js';

const ROW_HEIGHT = 30;
const FRAME_HEIGHT = 92;
const LABEL_WIDTH = 156;
const LABEL_LETTERS = 19;

/** One line of a bar plot; a null is not drawn. */
export interface BarRow {
  readonly label: string;
  readonly value: number | null;
  /** Half of a whisker around the value. */
  readonly spread?: number | null;
  /** The other side's number, as a hollow mark on the same line. */
  readonly mark?: number | null;
  readonly isHarm?: boolean;
}

export function barHeight(rows: number): number {
  return FRAME_HEIGHT + rows * ROW_HEIGHT;
}

/** Bars from zero, one below the other, each with its whisker and the other side's mark. */
export function barOption(args: {
  readonly rows: readonly BarRow[];
  readonly axisName: string;
  /** A dashed line, such as the policy's limit; null for none. */
  readonly limit?: number | null;
}): EChartsCoreOption {
  const { rows, axisName, limit = null } = args;
  const reach = rows.flatMap(({ value, spread, mark }) => [
    (value ?? 0) - (spread ?? 0),
    (value ?? 0) + (spread ?? 0),
    mark ?? 0,
  ]);
  const min = Math.min(0, ...reach);
  const max = Math.max(0, limit ?? 0, ...reach);
  return {
    grid: { left: LABEL_WIDTH + 12, right: 22, top: 12, bottom: 58 },
    xAxis: {
      type: 'value',
      min: min === 0 ? 0 : min * 1.05,
      max: max === 0 ? 1 : max * 1.05,
      splitNumber: 3,
      name: axisName,
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: plotText,
      axisLabel: {
        ...plotText,
        formatter: axisNumber,
        showMinLabel: min === 0,
        showMaxLabel: false,
        hideOverlap: true,
      },
      splitLine: { lineStyle: { color: plotColors.grid } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map((row) => fitLabel(row.label, LABEL_LETTERS)),
      axisLabel: { ...plotText, interval: 0 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    series: [barSeries(rows, limit)],
  };
}

function barSeries(rows: readonly BarRow[], limit: number | null): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    data: rows.map((row, index) => [row.value ?? 0, index]),
    renderItem: (params, api) => {
      const row = rows[params.dataIndex];
      if (row === undefined) return null;
      const xOf = (value: number): number => api.coord([value, params.dataIndex])[0] ?? 0;
      const y = api.coord([0, params.dataIndex])[1] ?? 0;
      return { type: 'group', children: [...drawBar(row, xOf, y), ...drawMark(row, xOf, y)] };
    },
    markLine: {
      symbol: 'none',
      silent: true,
      precision: 12,
      label: { show: false },
      data: [
        { xAxis: 0, lineStyle: { type: 'solid', color: plotColors.line, width: 1.5 } },
        ...(limit === null
          ? []
          : [{ xAxis: limit, lineStyle: { type: 'dashed' as const, color: plotColors.harm, width: 1.5 } }]),
      ],
    },
  };
}

type Place = (value: number) => number;

function drawBar({ value, spread, isHarm }: BarRow, xOf: Place, y: number) {
  if (value === null) return [];
  const color = isHarm === true ? plotColors.harm : plotColors.challenger;
  const [from, to] = [Math.min(xOf(0), xOf(value)), Math.max(xOf(0), xOf(value))];
  const bar = {
    type: 'rect' as const,
    shape: { x: from, y: y - 7, width: Math.max(to - from, 1), height: 14 },
    style: { fill: color },
  };
  if (spread === undefined || spread === null || spread === 0) return [bar];
  const whisker = {
    type: 'line' as const,
    shape: { x1: xOf(value - spread), y1: y, x2: xOf(value + spread), y2: y },
    style: { stroke: plotColors.text, lineWidth: 1.5 },
  };
  return [bar, whisker];
}

function drawMark({ mark }: BarRow, xOf: Place, y: number) {
  if (mark === undefined || mark === null) return [];
  return [
    {
      type: 'circle' as const,
      shape: { cx: xOf(mark), cy: y, r: 5 },
      style: { fill: '#fff', stroke: plotColors.champion, lineWidth: 2.5 },
    },
  ];
}

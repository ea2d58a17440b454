import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BarChart } from 'echarts/charts';
import { LegacyGridContainLabel } from 'echarts/features';
import { use } from 'echarts/core';
import { html, Html } from '../../adapters/report/html.js';
import { plotColors, plotText, renderPlot, type Plot } from '../../adapters/report/plot.js';
import { reportStyle } from '../../adapters/report/report-style.js';
import type { Measurement } from './measurement.js';
import { groupComparisons, titleOf } from './table.js';

use([BarChart, LegacyGridContainLabel]);

const barHeight = 30;

/** Writes one page that needs no script, no network and no other file. */
export async function writeChart(
  file: string,
  measurements: readonly Measurement[],
  growth: readonly Measurement[],
): Promise<void> {
  const plots = [...groupComparisons(measurements).map(speedPlot), ...(growth.length > 0 ? [growthPlot(growth)] : [])];
  const title = 'Batch scoring: rows a second, whole processes';
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(reportStyle)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <div class="plots">${plots.map(renderPlot)}</div>
        </main>
      </body>
    </html>`;
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, page.text);
}

function speedPlot(comparison: readonly Measurement[]): Plot {
  const ordered = comparison.toReversed();
  return {
    title: titleOf(comparison),
    description: `Million rows a second: ${comparison.map((one) => `${one.title} ${millions(one)}`).join(', ')}.`,
    height: 60 + barHeight * ordered.length,
    option: {
      grid: { left: 8, right: 48, top: 8, bottom: 40, containLabel: true },
      xAxis: { type: 'value', name: 'M rows/s', nameLocation: 'middle', nameGap: 26, axisLabel: plotText },
      yAxis: { type: 'category', data: ordered.map(({ title }) => title), axisLabel: { ...plotText, fontSize: 11 } },
      series: [
        {
          type: 'bar',
          data: ordered.map((one) => ({ value: one.rowsPerSecond / 1e6, itemStyle: { color: colorOf(one) } })),
          label: { show: true, position: 'right', formatter: ({ value }: { value: number }) => value.toFixed(2) },
        },
      ],
    },
    columns: ['Design', 'M rows/s', 'Wall s', 'Peak MiB'],
    rows: comparison.map((one) => [one.title, millions(one), one.wallSeconds.toFixed(2), one.peakMiB.toFixed(0)]),
  };
}

function growthPlot(growth: readonly Measurement[]): Plot {
  const line = (name: string, values: readonly number[], color: string, yAxisIndex: number) => ({
    name,
    type: 'line',
    yAxisIndex,
    data: growth.map(({ rows }, index) => [rows / 1e6, values[index] ?? 0]),
    lineStyle: { color },
    itemStyle: { color },
  });
  const seconds = growth.map(({ wallSeconds }) => wallSeconds);
  const peaks = growth.map(({ peakMiB }) => peakMiB);
  return {
    title: 'Gauntlet from small to large',
    description: 'Seconds grow as the rows do; memory stays flat.',
    height: 280,
    option: {
      legend: { data: ['seconds', 'peak MiB'], textStyle: plotText },
      grid: { left: 8, right: 8, top: 40, bottom: 40, containLabel: true },
      xAxis: { type: 'value', name: 'M rows', nameLocation: 'middle', nameGap: 26, axisLabel: plotText },
      yAxis: [
        { type: 'value', min: 0 },
        { type: 'value', min: 0 },
      ],
      series: [line('seconds', seconds, plotColors.challenger, 0), line('peak MiB', peaks, plotColors.harm, 1)],
    },
    columns: ['M rows', 'Wall s', 'Peak MiB'],
    rows: growth.map((one) => [String(one.rows / 1e6), one.wallSeconds.toFixed(2), one.peakMiB.toFixed(0)]),
  };
}

function millions({ rowsPerSecond }: Measurement): string {
  return (rowsPerSecond / 1e6).toFixed(2);
}

function colorOf({ role }: Measurement): string {
  const ours = plotColors.challenger;
  return { ours, audited: ours, python: plotColors.champion, spark: plotColors.champion, floor: '#c9ced6' }[role];
}

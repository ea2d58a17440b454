import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml, html, Html } from './html.js';
import { renderTable, type Table } from './table.js';

use([
  BarChart,
  CustomChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  AxisPointerComponent,
  SVGRenderer,
]);

/** Plots are drawn for the narrow screen of a phone and scaled up from there, so their letters stay readable on both. */
const PLOT_WIDTH = 420;

/** Champion grey, challenger blue: apart in brightness too, for print and for readers who do not see the hues. */
export const plotColors = {
  champion: '#6b7280',
  challenger: '#0b5cad',
  line: '#4b5563',
  grid: '#e5e7eb',
  harm: '#a3151b',
  good: '#14692e',
  text: '#1f2937',
};

export const plotText = { fontFamily: 'system-ui, sans-serif', fontSize: 15, color: plotColors.text };

/** A picture and the same numbers as a table, for those who cannot see it or want to copy them. */
export interface Plot extends Omit<Table, 'caption'> {
  readonly title: string;
  /** What the picture shows, in one sentence. */
  readonly description: string;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

export function renderPlots(plots: readonly Plot[]): Html {
  return html`<div class="plots">${plots.map(renderPlot)}</div>`;
}

export function renderPlot(plot: Plot): Html {
  const { title, description, columns, rows } = plot;
  return html`<figure>
    <figcaption>
      <strong>${title}</strong>
      ${description}
    </figcaption>
    ${drawSvg(plot)}
    <details>
      <summary>The numbers</summary>
      ${renderTable({ caption: title, columns, rows })}
    </details>
  </figure>`;
}

/** Drawn here, so the page needs no script and no network. */
function drawSvg(plot: Plot): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: PLOT_WIDTH, height: plot.height });
  try {
    chart.setOption({ animation: false, textStyle: plotText, ...plot.option });
    const svg = chart.renderToSVGString({ useViewBox: true });
    const label = escapeHtml(`${plot.title}. ${plot.description}`);
    return new Html(svg.replace('<svg ', `<svg role="img" aria-label="${label}" `));
  } finally {
    chart.dispose();
  }
}

import { CustomChart, LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml, html, Html } from './html.js';

use([CustomChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, AxisPointerComponent, SVGRenderer]);

/** Plots are drawn for the narrow screen of a phone and scaled up from there, so their letters stay readable on both. */
export const PLOT_WIDTH = 420;

/** Champion grey, challenger blue: apart in brightness too, for print and for readers who do not see the hues. */
export const plotColors = {
  champion: '#6b7280',
  challenger: '#0b5cad',
  line: '#4b5563',
  harm: '#a3151b',
  text: '#1f2937',
};

export const plotText = { fontFamily: 'system-ui, sans-serif', fontSize: 15, color: plotColors.text };

/** A picture and the same numbers as a table, for those who cannot see it or want to copy them. */
export interface Plot {
  readonly title: string;
  /** What the picture shows, in one sentence. */
  readonly description: string;
  readonly height: number;
  readonly option: EChartsCoreOption;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function renderPlot(plot: Plot): Html {
  return html`<figure>
    <figcaption>${plot.title}</figcaption>
    ${drawSvg(plot)}
    <details>
      <summary>The numbers</summary>
      ${renderTable(plot.columns, plot.rows)}
    </details>
  </figure>`;
}

export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first = '', ...cells]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
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

import type { GateReport } from '../../domain/gates/gate-report.js';
import { differencePlots, slicePlots } from './difference-plots.js';
import { driftPlot } from './drift-plot.js';
import { html, type Html } from './html.js';
import { observedPlot } from './observed-plot.js';
import { renderPlots, type Plot } from './plot.js';
import { flipsPlot, importancePlot, robustnessPlot } from './probe-plots.js';
import { histogramPlot, reliabilityPlot } from './score-plots.js';

/** Every picture, each with its numbers as a table below it. */
export function renderPictures(report: GateReport): Html {
  return html`<h2>The plots</h2>
    ${renderPlots(plotsOf(report))}`;
}

function plotsOf({ comparison, checks, probes }: GateReport): readonly Plot[] {
  const { drift, importance, robustness } = probes;
  const robust = checks.flatMap(({ spec }) => (spec.check === 'robust' ? [spec.maxFlips] : []));
  const plots = [
    ...differencePlots(comparison, checks),
    ...slicePlots(comparison, checks),
    reliabilityPlot(comparison),
    observedPlot(comparison),
    histogramPlot(comparison),
    comparison.flips === null ? null : flipsPlot(comparison.flips),
    drift?.status === 'measured' ? driftPlot(drift.facts) : null,
    importance?.status === 'measured' ? importancePlot(importance.facts) : null,
    robustness?.status === 'measured' ? robustnessPlot(robustness.facts, robust[0] ?? null) : null,
  ];
  return plots.filter((plot) => plot !== null);
}

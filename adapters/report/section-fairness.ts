import type { GateReport } from '../../domain/gates/gate-report.js';
import { fairnessTables } from './fairness-table.js';
import { html, type Html } from './html.js';
import { renderStack } from './table.js';

/** Decisions by the groups of sensitive columns, which no model sees. */
export function renderFairness(report: GateReport): Html | null {
  const { fairness } = report.probes;
  if (fairness === null) return null;
  if (fairness.status !== 'measured') {
    return html`<h3>Fairness</h3>
      <p>Not known: ${fairness.why}.</p>`;
  }
  return html`<h3>Fairness</h3>
    <p>
      Shares of each group, champion → challenger. Selected: decided positive. Found: of the truly positive, decided
      positive. False alarms: of the truly negative, decided positive.
    </p>
    ${fairnessTables(report).map(renderStack)}`;
}

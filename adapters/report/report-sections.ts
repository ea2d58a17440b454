import { sayPercent } from '../../domain/gates/check-facts.js';
import { differenceIn, estimateIn, type DecisionFlips } from '../../domain/gates/comparison.js';
import {
  gateReportSentence,
  reportedName,
  type GateReport,
  type ReportedModel,
} from '../../domain/gates/gate-report.js';
import { metricTraits } from '../../domain/metrics.js';
import { differencePlots, slicePlot } from './difference-plots.js';
import {
  formatCount,
  formatPercent,
  formatRange,
  formatSigned,
  formatValue,
  formatWindow,
  withMinusSigns,
} from './format.js';
import { html, type Html } from './html.js';
import { renderPlot, renderTable } from './plot.js';
import { histogramPlot, reliabilityPlot } from './score-plots.js';

/** The answer first, in one sentence, then each gate with its reason. */
export function renderVerdict(report: GateReport): Html {
  return html`<p class="verdict ${report.verdict}">
      <span class="badge ${report.verdict}">${report.verdict.toUpperCase()}</span> ${gateReportSentence(report)}
      <a href="#decide">${report.verdict === 'pass' ? 'How to decide' : 'What to do'}</a>
    </p>
    <h2>The checks</h2>
    <ul class="checks">
      ${report.checks.map(
        (check) =>
          html`<li>
            <span class="badge ${check.verdict}">${check.verdict.toUpperCase()}</span>
            <h3>${check.name}</h3>
            <p>${withMinusSigns(check.why)}.</p>
            <p class="note">
              limit ${readable(check.limit)} · value ${check.value === null ? 'none' : readable(check.value)} ·
              ${formatCount(check.rows)} rows
            </p>
          </li>`,
      )}
    </ul>`;
}

export function renderChange(report: GateReport): Html {
  const { champion, challenger, differences } = report.comparison.pooled;
  return html`<h2>What changes</h2>
    <p>
      ${reportedName(report.challenger)} would replace ${reportedName(report.champion)}. ${describeTraining(report)}
    </p>
    ${renderTable(
      [
        'Metric',
        reportedName(report.champion),
        reportedName(report.challenger),
        'Difference',
        'Interval',
        'Would notice',
      ],
      report.comparison.metrics.map((metric) => [
        metricTraits[metric].label,
        estimateIn(champion, metric).value === null
          ? (estimateIn(champion, metric).reason ?? '–')
          : formatValue(estimateIn(champion, metric).value),
        estimateIn(challenger, metric).value === null
          ? (estimateIn(challenger, metric).reason ?? '–')
          : formatValue(estimateIn(challenger, metric).value),
        formatSigned(differenceIn(differences, metric).estimate),
        formatRange(differenceIn(differences, metric).lower, differenceIn(differences, metric).upper),
        formatValue(differenceIn(differences, metric).minimumDetectable),
      ]),
    )}
    <p class="note">For AUC more is better, for the three errors less is.</p>`;
}

export function renderSlices(report: GateReport): Html {
  const plots = report.checks.map(slicePlot).filter((plot) => plot !== null);
  const judged = report.checks.filter((check) => check.spec.check === 'worst-slice');
  const none =
    judged.length === 0
      ? 'The policy of this pipeline looks at no slices.'
      : 'No slice has enough rows to be judged by itself.';
  return html`<h2>For whom</h2>
    ${
      plots.length === 0
        ? html`<p>${none}</p>`
        : html`<p>
              Red slices are shown to lose more than the policy allows, after adjusting for the number of slices looked
              at. The number of rows stands in brackets.
            </p>
            <div class="plots">${plots.map(renderPlot)}</div>`
    }`;
}

export function renderCertainty(report: GateReport): Html {
  const { comparison } = report;
  const { confidence, replicates, seed } = comparison.method;
  return html`<h2>How sure</h2>
    <p>
      Both sides scored the same ${formatCount(comparison.rows)} rows (${formatCount(comparison.positives)} positive) of
      ${formatCount(comparison.days)} days. Intervals are ${sayPercent(confidence)}, from ${formatCount(replicates)}
      resamples of whole days (seed ${seed}), widened for the number of days; "would notice" is the smallest true
      difference this data would detect four times in five.
    </p>
    <div class="plots">
      ${[...differencePlots(comparison, report.checks), reliabilityPlot(comparison), histogramPlot(comparison)].map(
        renderPlot,
      )}
    </div>`;
}

export function renderCosts(report: GateReport): Html {
  const { flips } = report.comparison;
  return html`<h2>What it would cost or bring</h2>
    ${
      flips === null
        ? html`<p>Decisions cannot be compared: one of the two has no decision threshold.</p>`
        : flips.rows === 0
          ? html`<p>There are no rows to compare decisions on.</p>`
          : renderFlips(flips)
    }`;
}

function renderFlips(flips: DecisionFlips): Html {
  const changed = flips.toPositive + flips.toNegative;
  const right = flips.toPositiveRight + flips.toNegativeRight;
  return html`<p>
      ${formatCount(changed)} of ${formatCount(flips.rows)} decisions would change
      (${formatPercent(changed / flips.rows)}): ${formatCount(right)} for the better and ${formatCount(changed - right)}
      for the worse. Positive decisions go from ${formatPercent(flips.championPositives / flips.rows)} to
      ${formatPercent(flips.challengerPositives / flips.rows)}.
    </p>
    ${renderTable(
      ['Change', 'Rows', 'Then right', 'Then wrong'],
      [
        ['negative → positive', flips.toPositive, flips.toPositiveRight] as const,
        ['positive → negative', flips.toNegative, flips.toNegativeRight] as const,
      ].map(([name, rows, better]) => [name, formatCount(rows), formatCount(better), formatCount(rows - better)]),
    )}`;
}

function describeTraining({ champion, challenger }: GateReport): string {
  const trained = (model: ReportedModel) =>
    model.trainingWindow === null ? null : `${reportedName(model)} learned from ${formatWindow(model.trainingWindow)}`;
  const known = [trained(champion), trained(challenger)].filter((text) => text !== null);
  return known.length === 0 ? '' : `${known.join('; ')}.`;
}

/** Limits and values as they are, without the noise behind the fourth digit. */
function readable(value: number): string {
  return Number(value.toPrecision(4)).toString().replace('-', '−');
}

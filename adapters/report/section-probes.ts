import type { GateReport } from '../../domain/gates/gate-report.js';
import type { LeakageFacts, Measured, QualityFacts, SkewFacts } from '../../domain/gates/probes.js';
import type { LabelKind } from '../../domain/metrics.js';
import { withMinusSigns } from '../../domain/number-text.js';
import {
  countOf,
  formatCount,
  formatDuration,
  formatInstant,
  formatNumber,
  formatShare,
  formatSigned,
  formatValue,
  sliceName,
} from './format.js';
import { html, type Html } from './html.js';
import { sayDrift } from './drift-words.js';
import { renderStack, renderTable } from './table.js';

/** Features that alone rank the label best; what is below says little. */
const SHOWN_FEATURES = 10;

/** Whether the evidence itself can be trusted: the data, what the model could know, and what it is served. */
export function renderProbes(report: GateReport): Html {
  const { probes } = report;
  return html`<h2>Whether the evidence holds</h2>
    <p class="note">What no gate asked for was not looked at.</p>
    ${renderProbe('Quality of the rows', probes.quality, renderQuality)}
    ${renderProbe('Leakage', probes.leakage, (facts) => renderLeakage(facts, report.comparison.labelKind))}
    ${renderProbe('Training and serving', probes.skew, renderSkew)}
    ${renderProbe('Drift', probes.drift, (facts) => html`<p>${sayDrift(facts, report.comparison)}</p>`)}
    ${renderProbe(
      'The stored model',
      probes.loads,
      ({ rows, maxDifference }) =>
        html`<p>
          It loads, and ${countOf(rows, 'golden row')}
          ${maxDifference === null ? 'give scores that are no numbers' : maxDifference === 0 ? 'give exactly their stored scores' : `give their stored scores up to ${formatNumber(maxDifference)}`}.
        </p>`,
    )}
    ${renderProbe('Robustness', probes.robustness, ({ variants }) => {
      const bad = variants.reduce((sum, { badScores }) => sum + badScores, 0);
      return html`<p>
        ${countOf(variants.length, 'variant')} of perturbed, out-of-range and missing inputs were scored;
        ${bad === 0 ? 'every score was a number' : `${countOf(bad, 'score')} were no numbers`}. The plots show what they
        turn.
      </p>`;
    })}
    ${renderProbe('Importance', probes.importance, ({ features, rows, repeats }) => {
      return html`<p>
        ${countOf(features.length, 'feature')} shuffled ${countOf(repeats, 'time')} each on ${countOf(rows, 'row')}; see
        the plots.
      </p>`;
    })}`;
}

function renderProbe<T>(title: string, measured: Measured<T> | null, render: (facts: T) => Html): Html | null {
  if (measured === null) return null;
  const body =
    measured.status === 'measured'
      ? render(measured.facts)
      : html`<p>
          ${measured.status === 'error' ? 'Measuring failed, which says nothing about the model' : 'Nothing is known'}:
          ${withMinusSigns(measured.why)}.
        </p>`;
  return html`<h3>${title}</h3>
    ${body}`;
}

function renderQuality({ folds, slices }: QualityFacts): Html {
  const warnings = folds.flatMap(({ fold, warnings: said }) => said.map((text) => `Fold ${String(fold)}: ${text}`));
  const kept = renderStack({
    caption: 'Rows behind the comparison',
    columns: ['Fold', 'Found', 'Quarantined', 'Kept', 'Labelled'],
    rows: folds.map(({ fold, rowsFound, quarantined, rows, labelledRows }) => [
      String(fold),
      formatCount(rowsFound),
      formatCount(quarantined),
      formatCount(rows),
      formatCount(labelledRows),
    ]),
  });
  const labelled = renderStack({
    caption: 'Values with the fewest labels, over all folds',
    columns: ['Value', 'Rows', 'Labelled', 'Share'],
    rows: slices.map(({ column, value, rows, labelledRows }) => [
      `${column} ${sliceName(value)}`,
      formatCount(rows),
      formatCount(labelledRows),
      formatShare(labelledRows, rows),
    ]),
  });
  return html`${kept}
  ${
    warnings.length === 0
      ? null
      : html`<ul>
          ${warnings.map((text) => html`<li>${text}</li>`)}
        </ul>`
  }
  ${slices.length === 0 ? null : labelled}`;
}

function renderLeakage(facts: LeakageFacts, labelKind: LabelKind): Html {
  const { shapedUntil, firstFoldStart, requiredGapMs, sharedKeys, labelColumns, singleFeatures, lag } = facts;
  const ranked = [...singleFeatures].sort((left, right) => (right.auc ?? 0) - (left.auc ?? 0));
  const unranked =
    labelKind === 'binary'
      ? 'How much fresh features matter was not measured.'
      : 'How well a single feature tells the label, and how much fresh features matter, is only measured for a label of two classes.';
  const lagged =
    lag === null
      ? unranked
      : `With features that know one window less its AUC goes from ${formatValue(lag.auc)} to ${formatValue(lag.laggedAuc)} (${formatSigned(lag.laggedAuc - lag.auc)} on ${countOf(lag.rows, 'row')}).`;
  return html`<p>
      The challenger was shaped until ${formatInstant(shapedUntil)}, the first fold begins
      ${formatInstant(firstFoldStart)}, and ${formatDuration(requiredGapMs)} have to lie between them.
      ${sharedKeys === null ? 'Its training snapshot is gone, so shared rows are not known.' : `It shares ${countOf(sharedKeys, 'row key')} with the folds.`}
      ${labelColumns.length === 0 ? 'No feature is the label.' : `Features that look like the label: ${labelColumns.join(', ')}.`}
      ${lagged}
    </p>
    ${
      labelKind === 'regression'
        ? null
        : renderTable({
            caption: 'How well single features rank the label',
            columns: ['Feature', 'AUC alone', 'Rows'],
            rows: ranked
              .slice(0, SHOWN_FEATURES)
              .map(({ feature, auc, rows }) => [feature, formatValue(auc), formatCount(rows)]),
          })
    }`;
}

function renderSkew({ windows, rows, features, unmatched, maxScoreDifference }: SkewFacts): Html {
  const differing = features.filter((feature) => feature.differing > 0);
  const replayed =
    maxScoreDifference === null ? '' : ` Replayed scores differ by at most ${formatNumber(maxScoreDifference)}.`;
  return html`<p>
      ${countOf(rows, 'row')} of ${countOf(windows, 'served window')} computed again:
      ${differing.length === 0 ? 'every feature is what it was' : `${countOf(differing.length, 'feature')} of ${formatCount(features.length)} come out otherwise`};
      ${countOf(unmatched, 'row')} on one side only.${replayed}
    </p>
    ${
      differing.length === 0
        ? null
        : renderTable({
            caption: `Features that come out otherwise, of ${countOf(rows, 'row')}`,
            columns: ['Feature', 'Rows'],
            rows: differing.map(({ feature, differing: count }) => [feature, formatCount(count)]),
          })
    }`;
}

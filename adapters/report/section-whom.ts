import type { Comparison, DecisionFlips, MovedRow } from '../../domain/gates/comparison.js';
import type { GateCheck, GateReport } from '../../domain/gates/gate-report.js';
import { reportedName } from '../../domain/gates/report-sentence.js';
import { metricTraits } from '../../domain/metrics.js';
import { renderFairness } from './section-fairness.js';
import { countOf, formatCount, formatPercent, formatShare, formatSigned, formatValue } from './format.js';
import { html, type Html } from './html.js';
import { sayIntervals, sliceCells, sliceColumns } from './slice-table.js';
import { renderStack } from './table.js';

/** The slices at either end are what a reader asks for; the plots have the others. */
const SHOWN_SLICES = 5;

/** Who gains, who loses, whose decisions turn. */
export function renderWhom(report: GateReport): Html {
  const judged = report.checks.filter(({ spec }) => spec.check === 'worst-slice');
  return html`<h2>For whom</h2>
    ${judged.length === 0 ? html`<p>The policy of this pipeline looks at no slices.</p>` : judged.map(renderSlices)}
    ${renderFairness(report)} ${renderFlips(report)} ${renderMovers(report)}`;
}

function renderSlices(check: GateCheck): Html | null {
  if (check.spec.check !== 'worst-slice') return null;
  const { metric, column, minRows } = check.spec;
  const supported = check.slices.filter(({ finding }) => finding !== 'unsupported');
  const small = check.slices.length - supported.length;
  if (supported.length === 0) {
    return html`<p>No value of ${column} has the ${formatCount(minRows)} measurable rows to be judged by itself.</p>`;
  }
  const harmed = supported.filter(({ finding }) => finding === 'harmed').length;
  const shown = supported.slice(0, Math.max(SHOWN_SLICES, harmed));
  return html`<h3>By ${column}</h3>
    <p>
      ${countOf(supported.length, 'slice')} judged, ${formatCount(harmed)} shown to be harmed after adjusting for their
      number${small === 0 ? '' : `; ${formatCount(small)} with fewer than ${formatCount(minRows)} rows say nothing`}.
    </p>
    ${renderStack({
      caption: `${metricTraits[metric].label} by ${column}, the ${formatCount(shown.length)} worst off; ${sayIntervals(shown)}`,
      columns: sliceColumns(column),
      rows: shown.map(sliceCells),
    })}`;
}

function renderFlips({ comparison, champion, challenger }: GateReport): Html {
  const { flips } = comparison;
  if (flips === null) {
    return html`<h3>Decisions</h3>
      <p>
        Decisions cannot be compared:
        ${hasThresholds(comparison) ? 'they were not counted when this report was made' : 'one of the two has no decision threshold'}.
      </p>`;
  }
  if (flips.rows === 0) {
    return html`<h3>Decisions</h3>
      <p>There are no rows to compare decisions on.</p>`;
  }
  const changed = flips.toPositive + flips.toNegative;
  return html`<h3>Decisions</h3>
    <p>
      ${formatCount(changed)} of ${formatCount(flips.rows)} decisions would change
      (${formatPercent(changed / flips.rows)})${sayRight(flips, changed)}. Positive decisions go from
      ${formatPercent(flips.championPositives / flips.rows)} to
      ${formatPercent(flips.challengerPositives / flips.rows)}.
    </p>
    ${renderStack({
      caption: `Decisions on ${countOf(flips.rows, 'row')}: rows decided by both sides`,
      columns: [
        `${reportedName(champion)} decides`,
        `${reportedName(challenger)}: positive`,
        `${reportedName(challenger)}: negative`,
      ],
      rows: flipRows(flips),
    })}`;
}

/** Reports of a regression from before decisions on a number were counted have thresholds and no flips. */
function hasThresholds({ champion, challenger }: Comparison): boolean {
  return champion.decisionThreshold !== null && challenger.decisionThreshold !== null;
}

/** Of classes only: whether a decision on a number was right nobody can say. */
function sayRight({ toPositiveRight, toNegativeRight }: DecisionFlips, changed: number): string {
  if (toPositiveRight === null || toNegativeRight === null) return '';
  const right = toPositiveRight + toNegativeRight;
  return `: ${formatCount(right)} for the better and ${formatCount(changed - right)} for the worse`;
}

function flipRows(flips: DecisionFlips): readonly (readonly string[])[] {
  const { rows, championPositives, toPositive, toPositiveRight, toNegative, toNegativeRight } = flips;
  const turned = (count: number, right: number | null) =>
    `${formatCount(count)}${count === 0 || right === null ? '' : ` (${formatShare(right, count)} right)`}`;
  return [
    ['positive', formatCount(championPositives - toNegative), turned(toNegative, toNegativeRight)],
    ['negative', turned(toPositive, toPositiveRight), formatCount(rows - championPositives - toPositive)],
  ];
}

function renderMovers({ comparison }: GateReport): Html | null {
  const { movers, rows, labelKind } = comparison;
  if (movers.length === 0) return null;
  const label = (mover: MovedRow) =>
    labelKind === 'binary' ? (mover.label > 0 ? 'positive' : 'negative') : formatValue(mover.label);
  return html`<h3>The rows that move most</h3>
    ${renderStack({
      caption: `The ${formatCount(movers.length)} rows of ${formatCount(rows)} whose ${labelKind === 'binary' ? 'score' : 'prediction'} moves most`,
      columns: ['Row', 'Champion', 'Challenger', 'Moves by', 'In truth'],
      rows: movers.map((mover) => [
        mover.rowKey,
        formatValue(mover.champion),
        formatValue(mover.challenger),
        formatSigned(mover.challenger - mover.champion),
        label(mover),
      ]),
    })}`;
}

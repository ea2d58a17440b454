import { sayPercent } from '../../domain/gates/check-facts.js';
import { differenceIn, type Comparison } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { countOf, formatCount, formatOrdinal, formatRange, formatSigned, formatValue } from './format.js';
import { html, type Html } from './html.js';
import { sampleOf } from './metric-table.js';
import { renderStack } from './table.js';

/** What the intervals mean, what they were made of, and how often these rows have been looked at. */
export function renderCertainty({ comparison }: GateReport): Html {
  const { blocks, replicates, seed, level } = comparison.method;
  const block = blocks === 'day' ? 'whole days' : 'whole entities';
  return html`<h2>How sure</h2>
    <p>
      Both sides scored the same ${sampleOf(comparison)}. Intervals are ${sayPercent(level)}, from
      ${countOf(replicates, 'resample')} of ${block} (seed ${seed}), widened for the number of blocks; “would notice” is
      the smallest true difference this data would detect four times in five.
    </p>
    <p>${sayReuse(comparison)}</p>
    ${renderTwoWays(comparison)}`;
}

/** Trying again and again on one holdout proves nothing, so the level shrinks; said in words, with what that does not promise. */
export function sayReuse({ method }: Comparison): string {
  const { confidence, reuse, level } = method;
  if (reuse <= 1) {
    return `This is the first challenger judged on these rows, so it is tested at the policy's own level: intervals of ${sayPercent(confidence)}, each check one-sided at ${sayPercent((1 - confidence) / 2)}.`;
  }
  const alpha = (1 - confidence) / 2;
  const tested = `This is the ${formatOrdinal(reuse)} challenger judged on these rows, so it is tested at 1/${formatCount(reuse)} of the level: intervals of ${sayPercent(level)} instead of the policy's ${sayPercent(confidence)}, each check one-sided at ${sayPercent((1 - level) / 2)} instead of ${sayPercent(alpha)}.`;
  return `${tested} That bounds each challenger's test, not all of them together: that a check errs for at least one of the ${formatCount(reuse)} may have a chance of up to ${sayPercent(Math.min(1, alpha * harmonic(reuse)))}.`;
}

/** 1 + 1/2 + … + 1/k: what the levels of k tests add up to, in units of the first one's. */
function harmonic(k: number): number {
  return Array.from({ length: k }, (_, index) => 1 / (index + 1)).reduce((sum, share) => sum + share, 0);
}

/** DeLong takes rows as independent, which rows of a day are not: seen beside the bootstrap, the distance says how much. */
function renderTwoWays({ pooled, rows, method }: Comparison): Html | null {
  const { deLong } = pooled;
  if (deLong === null) return null;
  const auc = differenceIn(pooled.differences, 'auc');
  const ratio = auc.se === null || deLong.se === 0 ? null : auc.se / deLong.se;
  return html`<p>
      ${
        ratio === null
          ? 'The block bootstrap gave no standard error to compare with DeLong.'
          : `Rows of a block are not independent: taken together they leave ${ratio.toFixed(1)} times the standard error that DeLong, which takes every row by itself, would claim. The checks go by the bootstrap.`
      }
    </p>
    ${renderStack({
      caption: `Difference in AUC on ${countOf(rows, 'row')}, two ways`,
      columns: ['Method', 'Difference', 'Standard error', 'Interval'],
      rows: [
        [
          `block bootstrap, ${countOf(auc.blocks, method.blocks === 'day' ? 'day' : 'block')}`,
          formatSigned(auc.estimate),
          formatValue(auc.se),
          formatRange(auc.lower, auc.upper),
        ],
        [
          `DeLong, ${formatCount(rows)} independent rows`,
          formatSigned(deLong.estimate),
          formatValue(deLong.se),
          formatRange(deLong.lower, deLong.upper),
        ],
      ],
    })}`;
}

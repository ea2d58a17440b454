import { metricTraits } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import { studentCdf } from '../statistics/distributions.js';
import { adjustHolm, holmLevels } from '../statistics/holm.js';
import { binomialCdf } from '../statistics/proportions.js';
import type { Verdict } from '../verdict.js';
import {
  atTail,
  benefitOf,
  plainCheck,
  say,
  sayInterval,
  saySigned,
  unitOfMetric,
  type GateFacts,
} from './check-facts.js';
import { differenceIn, type Difference, type FoldComparison } from './comparison.js';
import { gateName } from './gate-name.js';
import { checkOfParts, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';

type Stable = Extract<GateSpec, { check: 'stable' }>;

/** Two folds agree or disagree by chance; three are the least that can show a pattern. */
const MIN_FOLDS = 3;

interface MeasuredFold {
  readonly fold: FoldComparison;
  readonly difference: Difference;
  /** Challenger's benefit: above zero is better, whatever the metric. */
  readonly benefit: number;
}

/**
 * A challenger that is better on the whole may owe it to one good fold. So its worst fold may not lose more than `harm`,
 * and in a share of the folds it may not be behind. Single folds are noisy: a loss beyond the limit fails when it is
 * shown (Holm over the folds), and too few good folds fail when chance does not explain them (binomial); otherwise the
 * question is open.
 */
export function checkStable(spec: Stable, { comparison }: GateFacts): GateCheck {
  const folds = comparison.folds.flatMap((fold) => measure(spec, fold)).sort((a, b) => a.benefit - b.benefit);
  const [worst] = folds;
  if (worst === undefined || folds.length < MIN_FOLDS) {
    const why = `${String(folds.length)} of ${String(comparison.folds.length)} folds could be measured, and it takes ${String(MIN_FOLDS)} to tell`;
    const about = { name: gateName(spec), spec, limit: spec.harm, rows: comparison.rows };
    return plainCheck({ ...about, value: null, verdict: 'inconclusive', why });
  }
  const alpha = (1 - comparison.method.level) / 2;
  const loss = worstFold(spec, { worst, folds, alpha });
  const unknown = comparison.folds.length - folds.length;
  return checkOfParts(spec, comparison.rows, [
    loss,
    ...openFolds(spec, comparison.folds),
    consistency(spec, { folds, unknown, alpha }),
  ]);
}

function measure(spec: Stable, fold: FoldComparison): MeasuredFold[] {
  const difference = differenceIn(fold.differences, spec.metric);
  if (difference.estimate === null) return [];
  const sign = metricTraits[spec.metric].better === 'higher' ? 1 : -1;
  return [{ fold, difference, benefit: sign * difference.estimate }];
}

function worstFold(
  spec: Stable,
  facts: {
    readonly worst: MeasuredFold;
    readonly folds: readonly MeasuredFold[];
    readonly alpha: number;
  },
): GatePart {
  const { worst, folds, alpha } = facts;
  const { fold } = worst;
  const pValues = folds.map((one) => harmProbability(spec, one));
  const isHarmShown = adjustHolm(pValues).some((p) => p <= alpha);
  const tail = holmLevels(pValues, alpha)[folds.indexOf(worst)] ?? alpha;
  const difference = atTail(worst.difference, tail);
  const verdict: Verdict = isHarmShown ? 'fail' : worst.benefit >= -spec.harm ? 'pass' : 'inconclusive';
  const says = {
    pass: 'no fold loses more than',
    fail: 'a fold is shown to lose more than',
    inconclusive: 'the worst fold alone cannot show whether it loses more than',
  }[verdict];
  const numbers = `${metricTraits[spec.metric].label} ${saySigned(difference.estimate ?? 0)} (${sayInterval(difference, 1 - 2 * tail)} among all folds) on ${String(fold.rows)} rows of the worst fold, from ${fold.window.start.slice(0, 10)} on`;
  return {
    verdict,
    value: difference.estimate,
    limit: spec.harm,
    ...unitOfMetric(spec.metric),
    why: `${numbers}: ${says} ${say(spec.harm)}`,
    interval:
      difference.lower === null || difference.upper === null
        ? null
        : { lower: difference.lower, upper: difference.upper },
    minimumDetectable: difference.minimumDetectable,
  };
}

/** One-sided p-value against "the fold loses at most `harm`"; a fold without an interval shows nothing. */
function harmProbability(spec: Stable, { difference }: MeasuredFold): number {
  const benefit = benefitOf(spec.metric, difference);
  if (benefit === null) return 1;
  const distance = benefit.estimate + spec.harm;
  if (benefit.se === 0) return distance < 0 ? 0 : 1;
  return studentCdf(distance / benefit.se, benefit.blocks - 1);
}

/** A fold that could not be judged is not shown to lose nothing. */
function openFolds(spec: Stable, folds: readonly FoldComparison[]): readonly GatePart[] {
  const open = folds.filter((fold) => benefitOf(spec.metric, differenceIn(fold.differences, spec.metric)) === null);
  const [first] = open;
  if (first === undefined) return [];
  const reason = differenceIn(first.differences, spec.metric).reason ?? 'no interval';
  const why = `${String(open.length)} of ${String(folds.length)} folds could not be judged: from ${first.window.start.slice(0, 10)} on, with ${String(first.rows)} rows, ${reason}`;
  return [{ verdict: 'inconclusive', value: null, limit: spec.harm, ...unitOfMetric(spec.metric), why }];
}

/** Folds that could not be measured may be behind or not: they speak for nobody. */
function consistency(
  spec: Stable,
  facts: { readonly folds: readonly MeasuredFold[]; readonly unknown: number; readonly alpha: number },
): GatePart {
  const { folds: measured, unknown, alpha } = facts;
  const good = measured.filter(({ benefit }) => benefit >= 0).length;
  const folds = { length: measured.length + unknown };
  const share = good / folds.length;
  const isChance = binomialCdf(good + unknown, folds.length, spec.minShare) > alpha;
  const verdict: Verdict = share >= spec.minShare ? 'pass' : isChance ? 'inconclusive' : 'fail';
  const says = { pass: 'enough for', fail: 'less than', inconclusive: 'less than, if perhaps by chance,' }[verdict];
  const why = `not behind in ${String(good)} of ${String(folds.length)} folds, ${says} a share of ${say(spec.minShare)}`;
  return { verdict, value: share, limit: spec.minShare, unit: 'share', why };
}

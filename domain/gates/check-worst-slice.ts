import { metricTraits } from '../metrics.js';
import type { GateSpec } from './gate-rule.js';
import { studentCdf } from '../statistics/distributions.js';
import { adjustHolm, holmLevels } from '../statistics/holm.js';
import {
  atTail,
  benefitOf,
  plainCheck,
  say,
  saySigned,
  unitOfMetric,
  type Benefit,
  type GateFacts,
} from './check-facts.js';
import { differenceIn, type SliceComparison } from './comparison.js';
import { gateName } from './gate-name.js';
import type { GateCheck, SliceFinding } from './gate-report.js';
import { sayNoneJudged, sayUnjudged } from './unjudged-slices.js';

type WorstSlice = Extract<GateSpec, { check: 'worst-slice' }>;

interface JudgedSlice extends SliceFinding {
  readonly benefit: Benefit | null;
}

/**
 * Nobody may pay for the average: a slice that is shown to be harmed beyond `harm` fails the challenger. Over many
 * slices some look harmed by chance, so the tests are adjusted by Holm. Most slices are too small to prove that they are
 * not harmed; so a slice passes when no harm is shown, with the difference it would have noticed printed beside it.
 * Intervals and detectable differences are for the level at which Holm tests the slice.
 */
export function checkWorstSlice(spec: WorstSlice, facts: GateFacts): GateCheck {
  const { comparison } = facts;
  const alpha = (1 - comparison.method.level) / 2;
  const slices = comparison.slices.filter((slice) => slice.column === spec.column);
  const judged = judgeSlices(spec, slices, alpha);
  const supported = judged.filter((slice) => slice.finding !== 'unsupported');
  const unsupported = judged.length - supported.length;
  const about = { name: gateName(spec), spec, limit: spec.harm, ...unitOfMetric(spec.metric), rows: comparison.rows };
  const findings = judged.map(({ benefit: _benefit, ...finding }): SliceFinding => finding);
  const [worst] = supported;
  if (worst === undefined) {
    const why = sayNoneJudged(spec, slices);
    return { ...plainCheck({ ...about, value: null, verdict: 'inconclusive', why }), slices: findings };
  }
  const harmed = judged.filter((slice) => slice.finding === 'harmed');
  const beside = unsupported === 0 ? '' : `; ${sayUnjudged(spec, slices)}`;
  return {
    ...plainCheck({
      ...about,
      value: worst.difference,
      verdict: harmed.length > 0 ? 'fail' : 'pass',
      why: `${describe(spec, worst, harmed.length, supported.length)}${beside}`,
    }),
    interval: worst.lower === null || worst.upper === null ? null : { lower: worst.lower, upper: worst.upper },
    minimumDetectable: worst.minimumDetectable,
    slices: findings,
  };
}

function describe(spec: WorstSlice, worst: JudgedSlice, harmed: number, supported: number): string {
  const label = metricTraits[spec.metric].label;
  const where = `${spec.column} ${worst.value ?? '(no value)'}`;
  const numbers = `${label} ${saySigned(worst.difference ?? 0)} on ${String(worst.rows)} rows`;
  if (harmed > 0) {
    return `${String(harmed)} of ${String(supported)} slices are shown to lose more than ${say(spec.harm)} ${label}, worst ${where} (${numbers})`;
  }
  const detectable =
    worst.minimumDetectable === null
      ? ''
      : `, would notice ${say(worst.minimumDetectable)} at its level among all slices`;
  return `no harm beyond ${say(spec.harm)} ${label} is shown in any of ${String(supported)} slices; worst off is ${where} (${numbers}${detectable})`;
}

/** Harmed slices first, then the others from the worst difference to the best, unsupported ones last. */
function judgeSlices(spec: WorstSlice, slices: readonly SliceComparison[], alpha: number): readonly JudgedSlice[] {
  const measured = slices.map((slice) => ({ slice, benefit: supportedBenefit(spec, slice) }));
  const supported = measured.flatMap(({ slice, benefit }) => (benefit === null ? [] : [{ slice, benefit }]));
  const pValues = supported.map(({ benefit }) => harmProbability(benefit, spec.harm));
  const adjusted = adjustHolm(pValues);
  const tails = holmLevels(pValues, alpha);
  const judged = supported.map(({ slice, benefit }, index): JudgedSlice => {
    const adjustedP = adjusted[index] ?? 1;
    const facts = factsOf(spec, slice, tails[index] ?? alpha);
    return { ...facts, adjustedP, benefit, finding: adjustedP <= alpha ? 'harmed' : 'no-harm-shown' };
  });
  const rest = measured.flatMap(({ slice, benefit }): JudgedSlice[] =>
    benefit === null
      ? [{ ...factsOf(spec, slice, Math.min(alpha, ...tails)), adjustedP: null, benefit, finding: 'unsupported' }]
      : [],
  );
  return [...judged.sort(byHarm), ...rest.sort((left, right) => right.rows - left.rows)];
}

function supportedBenefit(spec: WorstSlice, slice: SliceComparison): Benefit | null {
  return slice.rows < spec.minRows ? null : benefitOf(spec.metric, differenceIn(slice.differences, spec.metric));
}

/** One-sided p-value against "the loss is at most `harm`": small when the loss is shown to be larger. */
function harmProbability(benefit: Benefit, harm: number): number {
  const distance = benefit.estimate + harm;
  if (benefit.se === 0) return distance < 0 ? 0 : 1;
  return studentCdf(distance / benefit.se, benefit.blocks - 1);
}

function factsOf(spec: WorstSlice, slice: SliceComparison, tail: number) {
  const difference = atTail(differenceIn(slice.differences, spec.metric), tail);
  const { estimate, lower, upper, minimumDetectable } = difference;
  const level = 1 - 2 * tail;
  return { value: slice.value, rows: slice.rows, difference: estimate, lower, upper, minimumDetectable, level };
}

function byHarm(left: JudgedSlice, right: JudgedSlice): number {
  if (left.finding !== right.finding) return left.finding === 'harmed' ? -1 : 1;
  return (left.benefit?.estimate ?? 0) - (right.benefit?.estimate ?? 0);
}

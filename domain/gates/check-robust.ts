import type { GateSpec } from './gate-rule.js';
import { wilsonInterval } from '../statistics/proportions.js';
import type { Verdict } from '../verdict.js';
import { sayPercent, type GateFacts } from './check-facts.js';
import { checkOfParts, checkUnmeasured, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import type { RobustnessFacts } from './probes.js';
import { tooFewRows } from './sample-size.js';

type Robust = Extract<GateSpec, { check: 'robust' }>;
type Variant = RobustnessFacts['variants'][number];

/**
 * Wrong inputs come sooner or later: they get a score all the same, and what is perturbed or missing turns few decisions.
 * Values out of range only need scores: far beyond what was learned, the feature that matters most turns half of them.
 */
export function checkRobust(spec: Robust, { comparison, probes }: GateFacts): GateCheck {
  const { robustness } = probes;
  if (robustness?.status !== 'measured') {
    return checkUnmeasured(spec, spec.maxFlips, robustness, 'what wrong inputs do');
  }
  const variants = robustness.facts.variants.filter((variant) => variant.rows > 0);
  const rows = variants.reduce((most, variant) => Math.max(most, variant.rows), 0);
  if (variants.length === 0) {
    const why = 'no rows were scored with wrong inputs';
    const open = { verdict: 'inconclusive', value: null, limit: spec.maxFlips, unit: 'share', why } as const;
    return checkOfParts(spec, rows, [open]);
  }
  const fewest = variants.reduce((least, variant) => Math.min(least, variant.rows), rows);
  const few = tooFewRows(fewest, 'wrong inputs were tried on');
  // Reports of a regression from before decisions on a number were counted have none that could turn.
  const isUncounted = comparison.labelKind === 'regression' && variants.every(({ flipShare }) => flipShare === null);
  if (isUncounted) return checkOfParts(spec, rows, [badScores(variants), ...few]);
  const decided = flips(spec, variants.filter(isWithinRange), (1 - comparison.method.level) / 2);
  return checkOfParts(spec, rows, [decided, badScores(variants), ...few]);
}

function isWithinRange({ kind }: Variant): boolean {
  return kind !== 'out-of-range';
}

function badScores(variants: readonly Variant[]): GatePart {
  const [worst] = [...variants].sort((left, right) => right.badScores - left.badScores);
  const count = worst?.badScores ?? 0;
  const why =
    worst === undefined || count === 0
      ? `all of ${String(variants.length)} kinds of wrong input get scores`
      : `${nameOf(worst)} gets ${String(count)} of ${String(worst.rows)} rows scores that are no numbers`;
  return { verdict: count === 0 ? 'pass' : 'fail', value: count, limit: 0, unit: 'scores', why };
}

/** What few rows show beyond the limit may be chance: only an interval (Wilson) above it fails. */
function flips({ maxFlips }: Robust, variants: readonly Variant[], tail: number): GatePart {
  const decided = variants.flatMap((variant) =>
    variant.flipShare === null ? [] : [{ ...variant, share: variant.flipShare }],
  );
  const [worst] = decided.sort((left, right) => right.share - left.share);
  if (worst === undefined) {
    const why = 'the model has no threshold, so no decision can turn';
    return { verdict: 'inconclusive', value: null, limit: maxFlips, unit: 'share', why };
  }
  const { share, rows } = worst;
  const interval = wilsonInterval({ count: share * rows, of: rows }, tail);
  const verdict: Verdict = share <= maxFlips ? 'pass' : interval.lower > maxFlips ? 'fail' : 'inconclusive';
  const says = { pass: 'within', fail: 'above', inconclusive: 'not shown to be above or within' }[verdict];
  const why = `${nameOf(worst)} turns ${sayPercent(share)} of ${String(rows)} decisions, ${says} the limit of ${sayPercent(maxFlips)}`;
  return { verdict, value: share, limit: maxFlips, unit: 'share', why, interval };
}

function nameOf({ kind, feature }: Variant): string {
  const who = feature ?? 'every feature at once';
  switch (kind) {
    case 'perturbed':
      return `${who} perturbed`;
    case 'out-of-range':
      return `${who} out of range`;
    case 'missing':
      return `${who} missing`;
  }
}

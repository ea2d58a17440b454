import type { GateSpec } from './gate-rule.js';
import { sayPercent, type GateFacts } from './check-facts.js';
import { checkOfParts, checkUnmeasured, limitPart, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import type { SkewFacts } from './probes.js';

type NoSkew = Extract<GateSpec, { check: 'no-skew' }>;

/**
 * What was served can be made again: the inputs of scored windows computed today, and the scores of the champion on the
 * inputs that were kept. A difference means that training and serving do not see the same.
 */
export function checkNoSkew(spec: NoSkew, { probes }: GateFacts): GateCheck {
  const { skew } = probes;
  if (skew?.status !== 'measured') {
    return checkUnmeasured(spec, spec.maxDiffering, skew, 'whether served inputs come out the same today');
  }
  const { facts } = skew;
  if (facts.rows === 0) {
    const why = 'no rows have been served that could be computed again';
    return checkOfParts(spec, 0, [
      { verdict: 'inconclusive', value: null, limit: spec.maxDiffering, unit: 'share', why },
    ]);
  }
  return checkOfParts(spec, facts.rows, [inputs(spec, facts), presence(spec, facts), ...scores(spec, facts)]);
}

function inputs({ maxDiffering }: NoSkew, { features, rows, windows }: SkewFacts): GatePart {
  const [worst] = [...features].sort((left, right) => right.differing - left.differing);
  const differing = worst?.differing ?? 0;
  const share = differing / rows;
  const what = differing === 0 ? 'no feature differs' : `${worst?.feature ?? ''} differs on ${String(differing)} rows`;
  const why = `of ${String(rows)} rows of ${String(windows)} served windows ${what} (${sayPercent(share)}), ${sayPercent(maxDiffering)} are allowed`;
  return limitPart(share, maxDiffering, why, 'share');
}

function presence({ maxDiffering }: NoSkew, { unmatched, rows }: SkewFacts): GatePart {
  const share = unmatched / rows;
  const why = `${String(unmatched)} rows are only there then or only today (${sayPercent(share)}), ${sayPercent(maxDiffering)} are allowed`;
  return limitPart(share, maxDiffering, why, 'share');
}

/** Without a champion nobody's scores can be replayed; scores that match no published row are no replay of it. */
function scores({ tolerance }: NoSkew, { maxScoreDifference, replayedRows }: SkewFacts): readonly GatePart[] {
  if (replayedRows === 0) {
    const why = 'the champion was scored again on the kept inputs, and 0 of the published rows are among them';
    return [{ verdict: 'inconclusive', value: null, limit: tolerance, why }];
  }
  if (maxScoreDifference === null) return [];
  const why = `replayed scores of the champion differ by up to ${maxScoreDifference.toPrecision(2)}, ${String(tolerance)} is allowed`;
  return [limitPart(maxScoreDifference, tolerance, why)];
}

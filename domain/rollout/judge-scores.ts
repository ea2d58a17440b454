import { say } from '../gates/check-facts.js';
import { MIN_DRIFT_ROWS } from '../monitoring/decide-drift.js';
import { estimateStability, type StabilityEstimate } from '../monitoring/stability-bound.js';
import type { LookCheck, ScoreReference, ScoreReferences, WindowSums } from './analysis.js';

/**
 * Whether the challenger's scores have moved away from its own validation scores, and more than the champion's have from
 * its own on the same rows: where both move, it is the rows. Two sound models may well score unlike each other, so they are
 * not held against one another. Without a profile of the champion the challenger is judged alone. Beyond the limit it
 * fails where that is shown; the noise of both sides is added up, as if it pulled them apart.
 */
export function judgeScores(
  sums: readonly WindowSums[],
  { challenger, champion }: ScoreReferences,
  limit: number,
): LookCheck {
  const rows = sums.reduce((sum, window) => sum + window.rows, 0);
  const base = { name: 'score-distribution', limit, n: rows, unit: 'rows', isOpen: true } as const;
  if (challenger === null) {
    const why = 'there is no profile of validation scores that the challenger’s scores could be held against';
    return { ...base, isOpen: false, value: null, verdict: 'inconclusive', why };
  }
  if (rows < MIN_DRIFT_ROWS) {
    const why = `${String(rows)} rows say nothing about a distribution: at least ${String(MIN_DRIFT_ROWS)} do`;
    return { ...base, value: null, verdict: 'inconclusive', why };
  }
  const own = measureMove(challenger, sums, 'challenger');
  const other = champion === null ? null : measureMove(champion, sums, 'champion');
  const value = own.moved - (other?.moved ?? 0);
  const isShown = value - own.noise - (other?.noise ?? 0) > limit;
  const verdict = value <= limit ? 'pass' : isShown ? 'fail' : 'inconclusive';
  return { ...base, value, verdict, why: `${sayMoves(own, other)}, limit ${say(limit)}${endOf(verdict, own.moved, limit)}` };
}

function measureMove(
  reference: ScoreReference,
  sums: readonly WindowSums[],
  side: 'challenger' | 'champion',
): StabilityEstimate {
  return estimateStability(
    reference,
    reference.shares.map((_, bin) => sums.reduce((sum, window) => sum + (window[side].bins[bin] ?? 0), 0)),
  );
}

function sayMoves(own: StabilityEstimate, other: StabilityEstimate | null): string {
  const first = `population stability index of the challenger's scores against its own validation scores ${say(own.moved)}`;
  if (other === null) return `${first}, the champion has no profile to compare with`;
  const value = own.moved - other.moved;
  const difference = value < 0 ? `${say(-value)} less` : `${say(value)} more`;
  return `${first}, of the champion's against its own on the same rows ${say(other.moved)}: ${difference}`;
}

function endOf(verdict: LookCheck['verdict'], moved: number, limit: number): string {
  if (verdict === 'inconclusive') return ', which may be chance with so few rows';
  return verdict === 'pass' && moved > limit ? ': the rows have moved, not the challenger' : '';
}

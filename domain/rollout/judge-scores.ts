import { say } from '../gates/check-facts.js';
import { MIN_DRIFT_ROWS } from '../monitoring/decide-drift.js';
import { estimateStability, type StabilityEstimate } from '../monitoring/stability-bound.js';
import type { LookCheck, ScoreReference, ScoreReferences, WindowSums } from './analysis.js';

/**
 * Whether the challenger's scores have moved away from its own validation scores, and farther than the champion's have
 * from its own on the same rows: where both move, it is the rows. Two sound models may well score unlike each other, so
 * they are not held against one another. Without a profile of the champion the challenger is judged alone. Beyond the
 * limit it fails where that is shown: by the least that the challenger has moved, and the most that the champion has.
 */
export function judgeScores(
  sums: readonly WindowSums[],
  { challenger, champion }: ScoreReferences,
  limit: number,
): LookCheck {
  const rows = sums.reduce((sum, window) => sum + window.rows, 0);
  const base = { name: 'score-distribution', limit, n: rows, unit: 'rows', isOpen: true } as const;
  if (challenger === null) {
    const why = 'the challenger has no profile of its validation scores to hold its scores against';
    return { ...base, isOpen: false, value: null, verdict: 'inconclusive', why };
  }
  if (rows < MIN_DRIFT_ROWS) {
    const why = `${String(rows)} rows say nothing about a distribution: at least ${String(MIN_DRIFT_ROWS)} do`;
    return { ...base, value: null, verdict: 'inconclusive', why };
  }
  const own = measureMove(challenger, sums, 'challenger');
  const other = champion === null ? null : measureMove(champion, sums, 'champion');
  const value = computeExcess(own.moved, other?.moved ?? 0);
  const least = computeExcess(own.moved - own.noise, other === null ? 0 : other.moved + other.noise);
  const verdict = value <= limit ? 'pass' : least > limit ? 'fail' : 'inconclusive';
  const why = `${sayMoves(own, other, value)}, limit ${say(limit)}${endOf(verdict, own.moved, limit)}`;
  return { ...base, value, verdict, why };
}

/**
 * What of an index is not shared with the other side. Indices grow with the square of a distance, so the distances are
 * what is taken from one another: a challenger half a standard deviation farther off than the champion has an excess of
 * about 0.25 wherever the rows themselves have gone, while the plain difference of the indices would grow with that.
 */
function computeExcess(own: number, other: number): number {
  return Math.max(0, Math.sqrt(Math.max(0, own)) - Math.sqrt(other)) ** 2;
}

function measureMove(
  reference: ScoreReference,
  sums: readonly WindowSums[],
  side: 'challenger' | 'champion',
): StabilityEstimate {
  const counts = reference.shares.map((_, bin) => sums.reduce((sum, window) => sum + (window[side].bins[bin] ?? 0), 0));
  return estimateStability(reference, counts);
}

function sayMoves(own: StabilityEstimate, other: StabilityEstimate | null, value: number): string {
  const first = `population stability index of the challenger's scores against its own validation scores ${say(own.moved)}`;
  if (other === null) return `${first}, the champion has no profile to compare with`;
  const alone =
    own.moved > other.moved ? `${say(value)} is the challenger's alone` : 'the challenger has moved no farther';
  return `${first}, of the champion's against its own on the same rows ${say(other.moved)}: ${alone}`;
}

function endOf(verdict: LookCheck['verdict'], moved: number, limit: number): string {
  if (verdict === 'inconclusive') return ', which may be chance with so few rows';
  return verdict === 'pass' && moved > limit ? ': the rows have moved, not the challenger' : '';
}

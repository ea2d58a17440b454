import { digest } from './ledger.js';

/** Windows that a stream of publications goes round: every version replaces the publication of one of them. */
export const streamWindows = ['2001-03-05', '2001-03-06', '2001-03-07', '2001-03-08'] as const;

/** What the publication that makes a version holds: scores are 64ths, so sums of them are exact in any order. */
export function streamed(version: number): {
  readonly window: string;
  readonly runIdentity: string;
  readonly rows: number;
  readonly scores: readonly number[];
} {
  const rows = 20 + (version % 7);
  return {
    window: streamWindows[version % streamWindows.length] ?? '',
    runIdentity: digest(`run ${String(version)}`),
    rows,
    scores: Array.from({ length: rows }, (_, index) => ((index * 5 + version * 11) % 64) / 64),
  };
}

/** A window as a reader sums it up: runs in it, its run, rows, sum of scores. */
export type SeenWindow = readonly [window: string, runs: number, runIdentity: string, rows: number, sum: number];

/** What a version must show, worked out from the plan alone. */
export function expectedAt(version: number): readonly SeenWindow[] {
  const latest = new Map<string, number>();
  for (let earlier = 0; earlier <= version; earlier++) latest.set(streamed(earlier).window, earlier);
  return [...latest]
    .map(([window, made]): SeenWindow => {
      const { runIdentity, rows, scores } = streamed(made);
      return [window, 1, runIdentity, rows, scores.reduce((sum, score) => sum + score, 0)];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

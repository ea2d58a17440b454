import type { BacktestPolicy } from './pipeline-definition.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/**
 * Length of a fold where the policy names none: a week, rounded up to whole windows. Weekdays differ, so a week is the
 * least that looks the same every time; and its days are blocks enough for an interval of each fold.
 */
export function defaultFoldMs(everyMs: number): number {
  return Math.ceil(WEEK_MS / everyMs) * everyMs;
}

/** UTC days that one fold, beginning at `startMs`, has rows of. */
export function daysOfFold(startMs: number, foldMs: number): readonly number[] {
  const first = Math.floor(startMs / DAY_MS);
  const last = Math.floor((startMs + foldMs - 1) / DAY_MS);
  return Array.from({ length: last - first + 1 }, (_, day) => first + day);
}

/** How many different UTC days the folds have rows of, if the first begins at `startMs`. */
export function countFoldDays(
  { folds, foldMs, stepMs }: Pick<BacktestPolicy, 'folds' | 'foldMs' | 'stepMs'>,
  startMs: number,
): number {
  const starts = Array.from({ length: folds }, (_, fold) => startMs + fold * stepMs);
  return new Set(starts.flatMap((start) => daysOfFold(start, foldMs))).size;
}

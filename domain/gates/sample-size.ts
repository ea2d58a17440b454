import type { GatePart } from './gate-parts.js';

/**
 * From fewer rows a share says nothing: what was seen in none of 300 rows may still happen in one of a hundred ("rule of
 * three"). A check may fail on fewer, where its interval shows it; it does not pass.
 */
export const MIN_SAMPLE_ROWS = 300;

/** The clause that keeps a gate open where there are too few rows; nothing where there are enough. */
export function tooFewRows(rows: number, what: string, least = MIN_SAMPLE_ROWS): readonly GatePart[] {
  if (rows >= least) return [];
  const why = `${what} ${String(rows)} rows, ${String(least)} are the least that say something`;
  return [{ verdict: 'inconclusive', value: rows, limit: least, unit: 'rows', why }];
}

import type { Window } from '../window.js';

/** A challenger and the days it was judged on; null where neither the record nor its report says which. */
export interface Judgement {
  readonly challengerDigest: string;
  readonly windows: readonly Window[] | null;
}

/**
 * How many challengers have been judged on rows that overlap these windows, this one included. The k-th is tested at a
 * k-th of the level: whoever tries often enough on one holdout finds something that passes by chance. That bounds the test
 * of each challenger; over k of them the chances add up to at most 1 + 1/2 + … + 1/k of the level. A challenger counts once, however often it was judged. A judgement whose days are not known is left out: counting it would make every later
 * one stricter for good.
 */
export function countHoldoutReuse(
  challengerDigest: string,
  windows: readonly Window[],
  earlier: readonly Judgement[],
): number {
  const others = earlier.filter((judgement) => judgement.windows !== null && overlaps(judgement.windows, windows));
  return new Set([challengerDigest, ...others.map((judgement) => judgement.challengerDigest)]).size;
}

/** Windows are half-open: one that begins where the other ends shares no row with it. */
function overlaps(some: readonly Window[], others: readonly Window[]): boolean {
  return some.some((a) =>
    others.some((b) => Date.parse(a.start) < Date.parse(b.end) && Date.parse(b.start) < Date.parse(a.end)),
  );
}

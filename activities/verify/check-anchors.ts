import { findAnchorProblems, type LedgerAnchor } from '../../domain/ledger/anchor.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';

/** An anchor, and where it was written down. */
export interface PlacedAnchor {
  readonly place: string;
  readonly anchor: LedgerAnchor;
}

/**
 * Every head that was written down outside the store is still in the ledger: whoever cuts or rewrites a ledger leaves an
 * unbroken chain behind, but not with that hash.
 */
export function checkAnchors(records: readonly ChainedRecord[], anchors: readonly PlacedAnchor[]): VerifyCheck {
  const name = 'every anchored head is still in the ledger';
  const broken = anchors
    .map(({ anchor, place }) => ({ anchor, problems: findAnchorProblems(records, anchor, place) }))
    .filter(({ problems }) => problems.length > 0);
  const problems = broken.flatMap(({ problems: found }) => found);
  const [first] = [...broken].sort((a, b) => a.anchor.number - b.anchor.number);
  if (first === undefined) return { name, checked: anchors.length, problems };
  const { number } = first.anchor;
  const held = anchors.map(({ anchor }) => anchor.number).filter((other) => other < number);
  const advice =
    `The ledger was cut or rewritten behind record ${String(Math.max(0, ...held))}. Stop writing, and compare it with a ` +
    'backup: the anchor is right, unless somebody changed that as well.';
  const wrong = first.problems.map(({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`);
  const badRecord = { number, wrong: wrong.join('; '), advice };
  return { name, checked: anchors.length, problems, badRecord };
}

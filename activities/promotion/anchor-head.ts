import type { Problem } from '../../domain/failure-types.js';
import { findAnchorProblems, type LedgerAnchor } from '../../domain/ledger/anchor.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { readLedger, readLedgerAfresh } from '../ledger/read-ledger.js';
import type { AnchoredPipeline, AnchorPlace } from '../ports/anchor-place.js';
import type { Store } from '../ports/store.js';

/**
 * Writes the ledger's head down in every place whose anchor is older than the last change of champion, and answers where
 * an anchor contradicts the ledger. Such an anchor is never written over: it is the proof. Safe to repeat.
 */
export async function anchorHead(
  { store, anchors }: { readonly store: Store; readonly anchors: readonly AnchorPlace[] },
  of: AnchoredPipeline,
  at: string,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const place of anchors) {
    const written = await place.read(of);
    const known = await readLedger(store, of.pipeline);
    const isDue = isAnchorDue(known.state, written);
    // What this process read before does not show what was done to the files since.
    const { records, state } = isDue ? await readLedgerAfresh(store, of.pipeline) : known;
    const broken = written.flatMap((anchor) => findAnchorProblems(records, anchor, place.name));
    problems.push(...broken);
    const { number, hash } = state.head;
    if (!isDue || broken.length > 0 || hash === null) continue;
    await place.write(of, { pipeline: of.pipeline, number, hash }, at);
  }
  return problems;
}

function isAnchorDue({ championHistory }: LedgerState, written: readonly LedgerAnchor[]): boolean {
  const change = championHistory.at(-1)?.recordNumber ?? 0;
  return written.every(({ number }) => number < change) && change > 0;
}

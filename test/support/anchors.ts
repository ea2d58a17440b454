import type { AnchorPlace } from '../../activities/ports/anchor-place.js';
import type { LedgerAnchor } from '../../domain/ledger/anchor.js';

/** A place in memory where anchors are written down. */
export class MemoryAnchors implements AnchorPlace {
  readonly name = 'memory';
  readonly isOffline = true;
  readonly written: LedgerAnchor[] = [];

  read() {
    return Promise.resolve([...this.written]);
  }

  write(_of: unknown, anchor: LedgerAnchor) {
    this.written.push(anchor);
    return Promise.resolve();
  }
}

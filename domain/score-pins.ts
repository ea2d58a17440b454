import type { LedgerHead } from './ledger/record.js';
import type { ModelRef } from './model-ref.js';
import type { Window } from './window.js';

/**
 * Everything a scoring run fixed at its start. No later step looks any of it up again. The run identity is the sha256
 * of the canonical pins without `ledger`, so unrelated ledger records do not change it.
 */
export interface ScorePins {
  readonly pipeline: string;
  readonly window: Window;
  readonly asOf: string;
  readonly definitionDigest: string;
  readonly codeVersion: string;
  readonly decisionEpoch: number;
  readonly champion: ModelRef;
  /** Scored in the same pass but not served. */
  readonly shadows: readonly ModelRef[];
  readonly snapshotDigest: string;
  /** Where the ledger stood when the pins were taken. */
  readonly ledger: LedgerHead;
}

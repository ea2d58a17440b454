import type { LedgerAnchor } from '../../domain/ledger/anchor.js';

/** Whose ledger, and under which name the registry knows its models. */
export interface AnchoredPipeline {
  readonly pipeline: string;
  readonly registeredName: string;
}

/** Somewhere outside the store where the head of a ledger is written down. */
export interface AnchorPlace {
  /** As people call it. */
  readonly name: string;
  /** Whether it can be read without a server. */
  readonly isOffline: boolean;
  /** Every anchor it has of this pipeline, oldest first. */
  read(of: AnchoredPipeline): Promise<readonly LedgerAnchor[]>;
  /** Writes one down; `at` is fixed by the workflow. */
  write(of: AnchoredPipeline, anchor: LedgerAnchor, at: string): Promise<void>;
}

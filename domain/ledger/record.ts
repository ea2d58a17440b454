import type { LedgerEvent } from './events.js';

/** Who did something: a person, a schedule or Gauntlet itself. `claimed` until an identity is proved. */
export interface Actor {
  readonly name: string;
  readonly kind: 'person' | 'schedule' | 'workflow';
}

/** The run that wrote a record, so that an auditor finds its history. */
export interface WorkflowRef {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a writer hands in: everything but its place in the sequence. */
export interface LedgerEntry<E extends LedgerEvent = LedgerEvent> {
  /** Same id = same fact: appending it twice is one record. */
  readonly recordId: string;
  /** Fixed by the workflow, so a retry writes the same bytes. */
  readonly at: string;
  readonly actor: Actor;
  readonly reason: string;
  readonly workflow: WorkflowRef | null;
  readonly event: E;
}

/** One immutable line of a pipeline's ledger. Its hash is the sha256 of its canonical JSON. */
export interface LedgerRecord<E extends LedgerEvent = LedgerEvent> extends LedgerEntry<E> {
  readonly schemaVersion: 1;
  readonly pipeline: string;
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  /** Hash of record `number - 1`; null for the first. */
  readonly previousHash: string | null;
}

/** A place in the ledger: the record number and the hash of that record. Number 0 and hash null are the empty ledger. */
export interface LedgerHead {
  readonly number: number;
  readonly hash: string | null;
}

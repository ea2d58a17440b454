import type { WorkflowRef } from '../../domain/ledger/record.js';

/** What the server wrote down when a signal came. */
export interface SignalReceipt {
  /**
   * The principal that the server authenticated, such as `users/ada@example.com`, else the identity that the client gave
   * itself, after the word `client`. Null where neither is known. For the record: nothing is decided by it.
   */
  readonly sender: string | null;
  /** When the server had it, whoever read it later. In time or too late is decided by it. */
  readonly receivedAt: string;
}

/** What the server keeps about the signals that a run has received. */
export interface SignalDirectory {
  /**
   * The receipt of the `index`th signal of this name, from 1. Null where the server has none to show and asking again
   * would not help; it throws where the server does not answer now.
   */
  receiptOf(run: WorkflowRef, signal: { readonly name: string; readonly index: number }): Promise<SignalReceipt | null>;
}

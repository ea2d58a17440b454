import type { WorkflowRef } from '../../domain/ledger/record.js';

/** What the server keeps about the signals that a run has received. */
export interface SignalDirectory {
  /**
   * Who sent the `index`th signal of this name, from 1: the principal that the server authenticated, such as
   * `users/ada@example.com`, else the identity that the client gave itself, after the word `client`. Null where neither
   * is known. Never throws: it is told for the record, and nothing is decided by it.
   */
  senderOf(run: WorkflowRef, signal: { readonly name: string; readonly index: number }): Promise<string | null>;
}

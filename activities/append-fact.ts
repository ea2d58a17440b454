import { PermanentFailure } from '../domain/failure-types.js';
import type { LedgerEvent } from '../domain/ledger/events.js';
import type { LedgerRecord } from '../domain/ledger/record.js';
import type { LedgerState } from '../domain/ledger/state.js';
import type { Stamp } from '../workflows/run-context.js';
import { appendRecord } from './ledger/append-record.js';
import type { Store } from './ports/store.js';

/** A fact on its way into the ledger. The same `recordId` is the same fact, however often it is sent. */
export interface Fact {
  readonly pipeline: string;
  readonly recordId: string;
  readonly reason: string;
  readonly event: LedgerEvent;
  /** Without a workflow for what a command did by itself. */
  readonly stamp: Omit<Stamp, 'workflow'> & { readonly workflow: Stamp['workflow'] | null };
}

/** Appends a fact, or finds it there. Throws LEDGER_REFUSED with every rule it would break. */
export async function appendFact(
  store: Store,
  fact: Fact,
): Promise<{ readonly record: LedgerRecord; readonly state: LedgerState }> {
  const { recordId, reason, event, stamp } = fact;
  const entry = { recordId, reason, event, at: stamp.at, actor: stamp.actor, workflow: stamp.workflow };
  const result = await appendRecord(store, fact.pipeline, entry);
  switch (result.status) {
    case 'appended':
    case 'existing':
      return result;
    case 'refused':
      throw new PermanentFailure('LEDGER_REFUSED', `The ledger of ${fact.pipeline} cannot take ${event.type}.`, {
        problems: result.problems,
      });
    case 'declined':
      throw new TypeError('unreachable: an entry that is not a function is never declined');
  }
}

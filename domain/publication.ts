import { isPinRevoked } from './ledger/revocation.js';
import type { LedgerState } from './ledger/state.js';
import { transactionId, type PublishedWindow, type TableFile, type TableState } from './published-table.js';

/** What a run wants to become the served predictions of a window. */
export interface PublicationRequest {
  /** Partition value. */
  readonly window: string;
  readonly runIdentity: string;
  readonly decisionEpoch: number;
  /** The champion that the run pinned. */
  readonly championDigest: string;
  /** The challenger of the rollout step that the run pinned; null or left out where there was none. */
  readonly challengerDigest?: string | null;
  /** The model that served: the champion, or a fallback; the champion again for a window without rows. */
  readonly servedDigest: string;
  /**
   * Identity of the publication that the audit compared decisions with, null for none; absent where nothing was
   * compared.
   */
  readonly comparedWith?: string | null;
}

export type PublicationDecision =
  /** Commit `version`, taking out the window's live files. */
  | { readonly status: 'publish'; readonly version: number; readonly remove: readonly TableFile[] }
  /** This very run is what is served. */
  | { readonly status: 'noop'; readonly live: PublishedWindow }
  /** A rollback took a pinned model back: the run has to pin again. */
  | { readonly status: 'revoked'; readonly modelDigest: string; readonly revokedAtEpoch: number }
  /** Another run of this epoch published meanwhile: the audit compared with what is not served any more. */
  | { readonly status: 'overtaken'; readonly live: PublishedWindow | null }
  /** What is served is newer: of a later epoch, or put there after this very run had been published. */
  | { readonly status: 'superseded'; readonly live: PublishedWindow };

/**
 * Whether a run may publish, given the table as it was read first and the ledger as it was read after it. That order
 * matters: a rollback appends its record before it scans the table, so one of the two always sees the other.
 */
export function decidePublication(args: {
  readonly request: PublicationRequest;
  readonly table: TableState;
  readonly ledger: LedgerState;
}): PublicationDecision {
  const { request, table, ledger } = args;
  const { decisionEpoch, runIdentity, window } = request;
  const challenger = request.challengerDigest ?? null;
  const pinned = [request.championDigest, request.servedDigest, ...(challenger === null ? [] : [challenger])];
  const revoked = pinned.find((modelDigest) => isPinRevoked(ledger, { modelDigest, decisionEpoch }));
  if (revoked !== undefined)
    return { status: 'revoked', modelDigest: revoked, revokedAtEpoch: revokedAt(ledger, revoked) };
  const live = table.windows.get(window);
  if (live?.identity === runIdentity) return { status: 'noop', live };
  const wasCommitted = table.transactions.has(transactionId({ identity: runIdentity, decisionEpoch }));
  if (live !== undefined && (live.decisionEpoch > decisionEpoch || wasCommitted)) return { status: 'superseded', live };
  const { comparedWith } = request;
  if (comparedWith !== undefined && comparedWith !== (live?.identity ?? null)) {
    return { status: 'overtaken', live: live ?? null };
  }
  return {
    status: 'publish',
    version: table.version + 1,
    remove: table.files.filter((file) => file.window === window),
  };
}

function revokedAt(ledger: LedgerState, modelDigest: string): number {
  return Math.max(...ledger.revocations.filter((r) => r.modelDigest === modelDigest).map((r) => r.atEpoch));
}

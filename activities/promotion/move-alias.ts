import type { Stamp } from '../../workflows/run-context.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Registry } from '../ports/registry.js';
import type { Store } from '../ports/store.js';
import { championAlias } from '../registry-watch/look-at-registry.js';

/** Whose alias is brought in step, and in whose name. */
export interface ProjectionRequest {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly stamp: Stamp;
}

/** A champion that changes while the alias moves is followed; more often than this it is not a race but a fight. */
const maxMoves = 5;

/**
 * Sets the alias to the head and reads the ledger again, so that a rollback in between is never overwritten for good.
 * Returns the version that the alias names now.
 */
export async function moveAlias(
  { store, registry }: { readonly store: Store; readonly registry: Registry },
  request: ProjectionRequest,
  registeredName: string,
): Promise<string> {
  for (let move = 0; move < maxMoves; move++) {
    const head = (await readLedger(store, request.pipeline)).state.championHistory.at(-1);
    if (head === undefined) break;
    await registry.setAlias(registeredName, championAlias, head.model.version);
    const after = (await readLedger(store, request.pipeline)).state.championHistory.at(-1);
    if (after?.recordNumber !== head.recordNumber) continue;
    crashPoint('before-projection-record');
    if (!(await recordProjection(store, request, head.recordNumber))) continue;
    crashPoint('after-projection-record');
    return head.model.version;
  }
  throw new Error(
    `the champion of ${request.pipeline} changed ${String(maxMoves)} times while its alias was set; it is tried again`,
  );
}

/**
 * Of the change that was looked at: the champion may have changed once more since the alias was set. False where another
 * run has projected a later change meanwhile: then this one is history, and there is a newer head to follow.
 */
export async function recordProjection(
  store: Store,
  request: ProjectionRequest,
  changeNumber: number,
): Promise<boolean> {
  const result = await appendRecord(store, request.pipeline, (state) => {
    const term = state.championHistory.find(({ recordNumber }) => recordNumber === changeNumber);
    const isOvertaken = (state.lastProjection?.changeNumber ?? 0) > changeNumber;
    if (term === undefined || isOvertaken) return null;
    return {
      recordId: `alias/${championAlias}/${String(term.recordNumber)}`,
      reason: `the alias follows record ${String(term.recordNumber)}`,
      event: { type: 'alias-projected', alias: championAlias, model: term.model, changeNumber: term.recordNumber },
      ...request.stamp,
    };
  });
  if (result.status !== 'refused') return result.status !== 'declined';
  const message = `The ledger of ${request.pipeline} cannot take alias-projected.`;
  throw new PermanentFailure('LEDGER_REFUSED', message, { problems: result.problems });
}

import { equal, must, type Bundle } from './bundle-files.js';
import { acceptedOf, modelOf, partsOf, type LedgerRecord, type Told } from './bundle-ledger.js';

/** The promotion ended as its closing record says, and that is what its other records come to. */
export function verifyClosing({ promotionId, head }: Bundle, told: Told) {
  const { opened, closed } = partsOf(told);
  equal(closed.number, head.number, 'number of the record that closes the promotion');
  equal(closed.event.challengerDigest, modelOf(opened).modelDigest, 'challenger of the closing record');
  verifyOutcome(told);
  const grounds = closed.event.grounds ?? [];
  const why = grounds.length === 0 ? '' : ` (${grounds.join('; ')})`;
  const { registeredName, version } = modelOf(opened);
  return {
    says: `${promotionId}, of ${registeredName} version ${version}, was ${closed.event.outcome ?? '?'}${why} by ${closed.at}`,
  };
}

/**
 * Only a promotion changes the champion; one that was rolled back may have changed it before, and then somebody changed
 * it back. A rollout that was begun without that is ended by a record of its own, or by another change of champion.
 */
function verifyOutcome(told: Told): void {
  const { closed, change, steps, end } = partsOf(told);
  const { outcome = '?' } = closed.event;
  if (outcome === 'promoted') must(change !== undefined, 'it was promoted, but the champion did not change');
  else if (outcome !== 'rolled-back') must(change === undefined, `it was ${outcome}, but the champion changed`);
  const isOverturned = (since: LedgerRecord | undefined) =>
    told.records.some(({ number, event }) => event.type === 'champion-changed' && number > (since?.number ?? Infinity));
  if (change !== undefined && outcome === 'rolled-back')
    must(isOverturned(change), 'it was rolled back, but nobody changed the champion back');
  if (change !== undefined) return;
  const last = steps.at(-1);
  const isEnded = last !== undefined && ((end?.number ?? 0) > last.number || isOverturned(last));
  must(last === undefined || isEnded, 'its last step was neither ended nor followed by a change of champion');
  if (outcome === 'rolled-back') {
    must(last !== undefined, 'it was rolled back, but there was no step and no change to take back');
    must(end === undefined || end.event.outcome === outcome, 'it was rolled back, but its rollout ended otherwise');
  }
  const kind = { rejected: 'reject', aborted: 'abort' }[outcome];
  must(kind === undefined || acceptedOf(told, kind).length > 0, `it was ${outcome}, but nobody decided so`);
}

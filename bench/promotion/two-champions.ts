import { appendFact } from '../../activities/append-fact.js';
import type { Store } from '../../activities/ports/store.js';
import { digestOf } from '../../contracts/digest.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { ModelRef } from '../../domain/model-ref.js';

const window = { start: '2001-01-01T00:00:00.000Z', end: '2001-02-01T00:00:00.000Z' };
const at = '2001-06-01T00:00:00.000Z';
const deadlineAt = '2001-06-08T00:00:00.000Z';

/** A stamp of the bench, whose clock stands still. */
export const benchStamp = {
  at,
  actor: { name: 'bench', kind: 'person' },
  workflow: { workflowId: 'bench', runId: 'bench' },
} as const;

/** Writes the ledger of a pipeline in which the good model was champion and the bad one followed it. */
export async function crownTwo(
  store: Store,
  pipeline: string,
  { good, bad }: { readonly good: ModelRef; readonly bad: ModelRef },
): Promise<void> {
  let number = 0;
  const append = async (event: LedgerEvent): Promise<void> => {
    const recordId = `bench/${String(++number)}`;
    await appendFact(store, { pipeline, recordId, reason: 'bench', event, stamp: { ...benchStamp, workflow: null } });
  };
  await crown(append, { promotionId: `${pipeline}/1`, from: null, to: good, numbersBefore: () => number });
  await crown(append, { promotionId: `${pipeline}/2`, from: good, to: bad, numbersBefore: () => number });
}

/** From registration to a closed promotion, by the rules of the ledger. */
async function crown(
  append: (event: LedgerEvent) => Promise<void>,
  change: {
    readonly promotionId: string;
    readonly from: ModelRef | null;
    readonly to: ModelRef;
    readonly numbersBefore: () => number;
  },
): Promise<void> {
  const { promotionId, from, to } = change;
  const kind = from === null ? 'bootstrap' : 'promotion';
  const challengerDigest = to.modelDigest;
  const reportDigest = digestOf(promotionId);
  const trained = { asOf: at, trainingWindow: window, validationWindow: window, registryRunId: promotionId };
  const digests = { definitionDigest: digestOf('definition'), trainingSnapshotDigest: digestOf('training') };
  await append({ type: 'model-registered', model: to, ...trained, ...digests });
  await append({ type: 'promotion-opened', promotionId, kind, challenger: to });
  await append({
    type: 'gates-evaluated',
    promotionId,
    reportDigest,
    challengerDigest,
    championDigest: from?.modelDigest ?? null,
    decisionEpoch: from === null ? 0 : 1,
    verdict: 'pass',
    checks: [{ name: 'bench', verdict: 'pass', why: 'it is a bench' }],
    validUntil: deadlineAt,
  });
  await append({ type: 'approval-requested', promotionId, reportDigest, deadlineAt });
  const decision = { decision: 'approve', by: 'Ada', reportDigest, accepted: true, note: 'bench' } as const;
  await append({ type: 'decision-received', promotionId, ...decision });
  await append({
    type: 'champion-changed',
    cause: kind,
    decisionId: promotionId,
    from,
    to,
    reportDigest,
    approvalNumber: change.numbersBefore(),
    revokedDigests: [],
  });
  const closed = { outcome: 'promoted', challengerDigest, reportDigest, grounds: [] } as const;
  await append({ type: 'promotion-closed', promotionId, ...closed });
}

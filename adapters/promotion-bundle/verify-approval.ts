import { createPublicKey, verify } from 'node:crypto';
import { equal, hashOf, must, readNamed } from './bundle-files.js';
import { acceptedOf, modelOf, partsOf, type Event, type LedgerRecord, type Told } from './bundle-ledger.js';

interface Policy {
  readonly quorum: number;
  readonly approvers: readonly { readonly name: string; readonly publicKey: string }[];
  readonly unsigned: string;
}

/** What changed, be it a step of the rollout or the champion, was approved before by as many people as were asked. */
export function verifyApproval(told: Told) {
  const { change, steps } = partsOf(told);
  const act = steps[0] ?? change;
  if (act === undefined) return { says: 'nothing changed, so none was needed' };
  const approval = approvalBehind(told, act);
  equal(approval.event.promotionId, act.event.promotionId ?? act.event.decisionId, 'promotion of the approval');
  const aborts = acceptedOf(told, 'abort');
  must(
    change === undefined || aborts.every(({ number }) => number > change.number),
    'the promotion was aborted before the champion changed',
  );
  const approvals = approvalsUntil(approval, told);
  const quorum = approval.event.quorum ?? 1;
  must(
    approvals.length >= quorum,
    `${String(approvals.length)} approvals, where the policy asked for ${String(quorum)}`,
  );
  for (const each of approvals) verifyApprover(each, told);
  const who = approvals.map(
    ({ event: { by, identity } }) => `${by ?? '?'}${identity === undefined ? '' : ` (${identity})`}`,
  );
  const before = steps.length === 0 ? 'the champion changed' : 'the first step of the rollout';
  return { says: `${who.join(' and ')} approved that very report at ${approval.at}, before ${before}` };
}

/** The approval that a change of champion names, and that of the last report where only steps were taken. */
function approvalBehind(told: Told, act: LedgerRecord): LedgerRecord {
  const { change, evaluations } = partsOf(told);
  const report = evaluations.filter(({ number }) => number < act.number).at(-1)?.event.reportDigest;
  const named =
    change === undefined
      ? acceptedOf(told, 'approve').findLast(
          ({ number, event }) => number < act.number && event.reportDigest === report,
        )
      : told.records[(change.event.approvalNumber ?? 0) - 1];
  must(named !== undefined && named.number < act.number, 'there is no approval before anything changed');
  equal(named.event.type, 'decision-received', `type of record ${String(named.number)}`);
  equal(named.event.decision, 'approve', 'decision');
  equal(named.event.accepted, true, 'whether the approval counted');
  equal(named.event.reportDigest, change?.event.reportDigest ?? report, 'report that was approved');
  return named;
}

/** The approvals of the same report up to this one, each person and each key once. */
function approvalsUntil(last: LedgerRecord, told: Told): readonly LedgerRecord[] {
  const approvals = acceptedOf(told, 'approve').filter(
    ({ number, event }) => number <= last.number && event.reportDigest === last.event.reportDigest,
  );
  const isSame = (a: Event, b: Event): boolean =>
    nameOf(a.by) === nameOf(b.by) || (a.key !== undefined && a.key === b.key);
  return approvals.filter((each, i) => approvals.findIndex((known) => isSame(known.event, each.event)) === i);
}

/**
 * Somebody was asked about what an approval names, it came in time, and it is by a person who may give it. Before there
 * were keys and a quorum, an approval named its report, and that was all there was to check.
 */
export function verifyApprover(record: LedgerRecord, told: Told): void {
  const { event, number, at } = record;
  const who = `the approval by ${event.by ?? '?'} in record ${String(number)}`;
  if (event.identity === undefined) return;
  const request = told.about.findLast(
    (r) => r.number < number && r.event.type === 'approval-requested' && r.event.reportDigest === event.reportDigest,
  );
  must(request !== undefined, `${who} is of something that nobody was asked about`);
  const isInTime = Date.parse(event.receivedAt ?? at) < Date.parse(request.event.deadlineAt ?? '');
  must(isInTime, `${who} came after its deadline`);
  const { opened } = partsOf(told);
  const { modelDigest } = modelOf(opened);
  const trained = told.records.find(
    (r) => r.event.type === 'model-registered' && r.event.model?.modelDigest === modelDigest,
  );
  for (const { actor } of [opened, ...(trained === undefined ? [] : [trained])]) {
    const isOwn = actor.kind === 'person' && nameOf(actor.name) === nameOf(event.by);
    must(!isOwn, `${who} is by the person who asked for it or trained the version`);
  }
  verifyIdentity(record, who);
}

/** By the policy that judged the approval: its definition is named by the record, and lies in this folder. */
function verifyIdentity({ event, pipeline, reason }: LedgerRecord, who: string): void {
  const path = `definitions/${event.definitionDigest ?? '?'}/definition.json`;
  const { approval } = readNamed(path, event.definitionDigest) as { readonly approval: Policy };
  equal(event.quorum, approval.quorum, `quorum of ${who}`);
  const approver = approval.approvers.find(({ name }) => nameOf(name) === nameOf(event.by));
  must(approver !== undefined || approval.approvers.length === 0, `${who} is not by an approver of the policy`);
  if (event.identity !== 'verified') {
    equal(approval.unsigned, 'accept', `${who} is not signed: what the policy does with that`);
    return;
  }
  must(approver !== undefined, `${who} is not by an approver of the policy`);
  const { by, decision, nonce, promotionId, reportDigest } = event;
  // The canonical JSON of texts: names in order, no space.
  const signed = JSON.stringify({ by, decision, nonce, pipeline, promotionId, reason, reportDigest });
  const x = Buffer.from(approver.publicKey, 'base64');
  equal(event.key, hashOf(x), `key of ${who}`);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }, format: 'jwk' });
  const holds = verify(null, Buffer.from(signed), key, Buffer.from(event.signature ?? '', 'base64'));
  must(holds, `${who} has a signature that is not that of its key`);
}

/** Names are one person's without regard to case and space. */
function nameOf(name: string | undefined): string {
  return (name ?? '').normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

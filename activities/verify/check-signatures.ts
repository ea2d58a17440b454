import { z } from 'zod';
import { fingerprintOf, isSignatureOf } from '../../contracts/approval-signature.js';
import { digestOf } from '../../contracts/digest.js';
import type { Problem } from '../../domain/failure-types.js';
import { unreasoned, type DecisionReceived } from '../../domain/ledger/decision-events.js';
import { must, problemsOf, shown } from '../../domain/ledger/rule.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import { isSamePerson } from '../../domain/promotion/person.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { inRecord, ofType } from '../../domain/verify/ledger-checks.js';
import type { Store } from '../ports/store.js';
import { checkAll, digestProblems, readJson } from './check-files.js';

/** The part of a definition that says who may decide. */
const policySchema = z.looseObject({
  approval: z.looseObject({
    quorum: z.int(),
    approvers: z.array(z.looseObject({ name: z.string(), publicKey: z.string() })),
    unsigned: z.enum(['accept', 'refuse']),
  }),
});

type Policy = z.infer<typeof policySchema>['approval'];
type Decision = ChainedRecord<DecisionReceived>;

/**
 * Every decision that counted is one that the policy of its time lets count: signed with the key of the approver it
 * names, or claimed where claims were enough. Signatures are computed again. Decisions from before there were keys name
 * no policy; behind the first that does, none may leave it out.
 */
export function checkSignatures(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  const counted = ofType(records, 'decision-received').filter(({ record }) => record.event.accepted);
  const first = counted.findIndex(({ record }) => record.event.definitionDigest !== undefined);
  const decisions = first < 0 ? [] : counted.slice(first);
  return checkAll('every decision that counted is signed or allowed by its policy', decisions, async (decision) => {
    const digest = decision.record.event.definitionDigest;
    if (digest === undefined) return decision.record.event.decision === 'abort' ? [] : [inRecord(decision, noPolicy)];
    const path = `definitions/${digest}/definition.json`;
    const found = await readJson(store, path, policySchema);
    if ('problems' in found) return found.problems;
    const problems = [...digestProblems(path, digestOf(found.value), digest), ...judge(decision, found.value.approval)];
    return problems.map((problem) => inRecord(decision, problem));
  });
}

const noPolicy: Problem = {
  field: 'definitionDigest',
  found: 'none',
  expected: 'the definition that judged it, as decisions before it have',
};

function judge(chained: Decision, policy: Policy): readonly Problem[] {
  const { event } = chained.record;
  const { decision, by, identity, quorum } = event;
  const approver = policy.approvers.find(({ name }) => isSamePerson(name, by));
  const sameQuorum = must(quorum === policy.quorum, 'quorum', shown(quorum), shown(policy.quorum));
  if (identity === 'verified') return [...problemsOf(sameQuorum), ...findSignatureProblems(chained, approver)];
  if (decision === 'abort') return problemsOf(sameQuorum);
  const isKnown = policy.approvers.length === 0 || approver !== undefined;
  return problemsOf(
    sameQuorum,
    must(policy.unsigned === 'accept', 'identity', shown(identity), 'verified: the policy asks for signatures'),
    must(isKnown, 'by', by, 'an approver of the policy'),
  );
}

function findSignatureProblems(
  { record }: Decision,
  approver: Policy['approvers'][number] | undefined,
): readonly Problem[] {
  const { promotionId, reportDigest, decision, by, nonce = '', signature = '', key } = record.event;
  if (approver === undefined) return [{ field: 'by', found: by, expected: 'an approver of the policy' }];
  const { publicKey } = approver;
  const { pipeline } = record;
  const reason = record.reason === unreasoned(decision) ? '' : record.reason;
  const signed = { pipeline, promotionId, reportDigest, decision, by, reason, nonce };
  const fingerprint = fingerprintOf(publicKey);
  return problemsOf(
    must(key === fingerprint, 'key', shown(key), `${fingerprint}, the key of ${approver.name}`),
    must(isSignatureOf(publicKey, signed, signature), 'signature', 'one that does not hold', `that of ${by} over this`),
  );
}

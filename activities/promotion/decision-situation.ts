import { fingerprintOf, isSignatureOf } from '../../contracts/approval-signature.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { Approver } from '../../domain/promotion/approval-policy.js';
import type { HeardDecision } from '../../domain/promotion/decision-message.js';
import type { DecisionSituation, SignatureStanding } from '../../domain/promotion/judge-decision.js';
import { isSamePerson } from '../../domain/promotion/person.js';
import type { Stamp } from '../../workflows/run-context.js';
import type { Ledger } from '../ledger/read-ledger.js';
import type { CurrentPolicy } from './approval-policy.js';
import type { PromotionPlan } from './begin-promotion.js';

/** A decision that a run has heard, and what it was waiting for. */
export interface DecisionToJudge {
  readonly promotion: PromotionPlan;
  readonly message: HeardDecision;
  /** Digest of the report, or of the look at the rollout, that waits for a decision. */
  readonly awaitedDigest: string;
  /** Null while nobody was asked. */
  readonly deadlineAt: string | null;
  readonly stamp: Stamp;
}

/** What a decision is judged by. */
export interface JudgedBy {
  readonly ledger: Ledger;
  readonly policy: CurrentPolicy | null;
  /** When the server had it; null where it cannot tell. */
  readonly receivedAt: string | null;
}

/**
 * What a decision is judged by: the ledger and the policy as they are at this moment, when it came, and what its signature
 * is worth.
 */
export function situationOf(asked: DecisionToJudge, { ledger, policy, receivedAt }: JudgedBy): DecisionSituation {
  const { message, awaitedDigest, deadlineAt, stamp } = asked;
  const promotionId = asked.promotion.promotionId ?? '';
  const promotion = ledger.state.promotions.get(promotionId);
  if (promotion === undefined) {
    throw new PermanentFailure('LEDGER_REFUSED', 'A decision came for a promotion that the ledger does not have.', {
      problems: [{ field: 'promotionId', found: promotionId, expected: 'a promotion of this ledger' }],
    });
  }
  const approver = approverNamed(policy, message.by);
  return {
    promotion,
    awaitedDigest,
    earlierReports: reportsOf(ledger, promotionId),
    receivedMs: Date.parse(receivedAt ?? stamp.at),
    deadlineMs: deadlineAt === null ? null : Date.parse(deadlineAt),
    policy,
    trainer: trainerOf(ledger, promotion.challenger),
    signature: weighSignature(asked, approver),
    key: approver === null ? null : fingerprintOf(approver.publicKey),
    nonceRecord: recordWithNonce(ledger, message.nonce),
  };
}

/** The person who trained a version, as the record of its registration says; null when it was a schedule or nobody. */
export function trainerOf({ records, state }: Ledger, { modelDigest }: ModelRef): string | null {
  const registered = state.models.get(modelDigest);
  const actor = registered === undefined ? undefined : records[registered.recordNumber - 1]?.record.actor;
  return actor?.kind === 'person' ? actor.name : null;
}

/** The approver that a name stands for in a policy; null when it stands for none. */
export function approverNamed(policy: Pick<CurrentPolicy, 'approvers'> | null, name: string): Approver | null {
  return policy?.approvers.find((approver) => isSamePerson(approver.name, name)) ?? null;
}

/** A signature covers the whole digest of what waits; an abort covers what it names, which may be nothing. */
function weighSignature(asked: DecisionToJudge, approver: Approver | null): SignatureStanding {
  const { promotion, message, awaitedDigest } = asked;
  const { signature, nonce, decision, by, reason } = message;
  if (signature === null || nonce === null) return 'none';
  const reportDigest = decision === 'abort' ? message.reportDigest : awaitedDigest;
  const { pipeline, promotionId } = promotion;
  const signed = { pipeline, promotionId: promotionId ?? '', reportDigest, decision, by, reason, nonce };
  return approver !== null && isSignatureOf(approver.publicKey, signed, signature) ? 'valid' : 'bad';
}

function reportsOf({ records }: Ledger, promotionId: string): readonly string[] {
  return records.flatMap(({ record: { event } }) =>
    event.type === 'gates-evaluated' && event.promotionId === promotionId ? [event.reportDigest] : [],
  );
}

function recordWithNonce({ records }: Ledger, nonce: string | null): number | null {
  if (nonce === null) return null;
  const known = records.find(({ record: { event } }) => event.type === 'decision-received' && event.nonce === nonce);
  return known?.record.number ?? null;
}

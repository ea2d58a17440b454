import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { fingerprintOf, publicKeyOf, signDecision, type SignedDecision } from '../../contracts/approval-signature.js';
import type { DecisionReceived } from '../../domain/ledger/decision-events.js';
import type { HeardDecision } from '../../domain/promotion/decision-message.js';
import { digest, pipeline } from './ledger.js';

/** Somebody with a key of their own. */
export interface KeyHolder {
  readonly name: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function keyHolder(name: string): KeyHolder {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { name, publicKey: publicKeyOf(privateKey), privateKey };
}

/** The line of a policy. */
export function approverOf({ name, publicKey }: KeyHolder) {
  return { name, publicKey };
}

/** A decision about promotion `p2`, as `gauntlet approve --key` sends it; `changes` are made after it was signed. */
export function signedBy(
  holder: KeyHolder,
  covered: Partial<SignedDecision> = {},
  changes: Partial<HeardDecision> = {},
): HeardDecision {
  const decision = {
    pipeline,
    promotionId: 'p2',
    reportDigest: digest('report p2'),
    decision: 'approve',
    by: holder.name,
    reason: 'better where it matters',
    nonce: `nonce-of-${holder.name}-000001`,
    ...covered,
  } as const;
  const { reportDigest, decision: verb, by, reason, nonce } = decision;
  const signature = signDecision(decision, holder.privateKey);
  return { decision: verb, by, reportDigest, reason, nonce, signature, signalIndex: 1, ...changes };
}

/** The same person's decision without a signature, as the Temporal UI sends it. */
export function claimedBy(name: string, changes: Partial<HeardDecision> = {}): HeardDecision {
  return {
    decision: 'approve',
    by: name,
    reportDigest: digest('report p2'),
    reason: 'better where it matters',
    nonce: null,
    signature: null,
    signalIndex: 1,
    ...changes,
  };
}

/** The record of a signed approval, as the activity writes it. */
export function signedRecord(
  holder: KeyHolder,
  about: Pick<SignedDecision, 'pipeline' | 'promotionId' | 'reason'> & {
    readonly reportDigest: string;
    readonly quorum: number;
    readonly definitionDigest: string;
  },
): DecisionReceived {
  const { promotionId, reportDigest, quorum, definitionDigest } = about;
  const message = signedBy(holder, { pipeline: about.pipeline, promotionId, reportDigest, reason: about.reason });
  return {
    type: 'decision-received',
    promotionId,
    decision: 'approve',
    by: holder.name,
    reportDigest,
    accepted: true,
    note: '',
    identity: 'verified',
    key: fingerprintOf(holder.publicKey),
    nonce: message.nonce ?? '',
    signature: message.signature ?? '',
    quorum,
    definitionDigest,
  };
}

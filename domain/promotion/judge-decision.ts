import type { ApprovalPolicy } from './approval-policy.js';
import type { DecisionRefusal } from '../ledger/decision-events.js';
import { approvalsOf, decisionInForce } from '../ledger/questions.js';
import type { PromotionState } from '../ledger/state.js';
import type { ParsedDecision } from './decision-message.js';
import { isSameApprover, isSamePerson, requesterOf } from './person.js';

/** What the signature of a decision is worth, found out by whoever may compute with keys. */
export type SignatureStanding = 'none' | 'valid' | 'bad';

/** Everything that a decision is judged by. Instants are in milliseconds. */
export interface DecisionSituation {
  /** The promotion as the ledger has it at this moment. */
  readonly promotion: PromotionState;
  /** The report, or the look at the rollout, that waits for a decision. */
  readonly awaitedDigest: string;
  /** Earlier reports of this promotion. */
  readonly earlierReports: readonly string[];
  /** When the server had it, whenever it is read; the time of reading where nobody can tell. */
  readonly receivedMs: number;
  /** Null while nobody was asked. */
  readonly deadlineMs: number | null;
  /** The policy of this moment; null while the definition cannot be read. */
  readonly policy: Pick<ApprovalPolicy, 'quorum' | 'approvers' | 'unsigned'> | null;
  /** The person who trained the challenger; null when it was a schedule, or nobody is known. */
  readonly trainer: string | null;
  readonly signature: SignatureStanding;
  /** Fingerprint of the approver's key; null without one. */
  readonly key: string | null;
  /** The record that has this decision's nonce already; null when it is new, or there is none. */
  readonly nonceRecord: number | null;
}

/** A decision with what became of it. */
export interface JudgedDecision extends ParsedDecision {
  readonly accepted: boolean;
  /** Why it counts or not, for the ledger and for the person. */
  readonly note: string;
  /** Present when it does not count. */
  readonly refusal?: DecisionRefusal;
  readonly identity?: 'verified' | 'claimed';
}

type Objection = readonly [refusal: DecisionRefusal, note: string];
type Rule = (message: ParsedDecision, situation: DecisionSituation) => Objection | null;

/**
 * Does this decision count? The first rule that objects says why not. An abort by anybody counts until the champion has
 * changed; everything else has to be in time, about what waits, with a reason, by somebody who may.
 */
export function judgeDecision(message: ParsedDecision, situation: DecisionSituation): JudgedDecision {
  const identity = situation.signature === 'valid' ? 'verified' : 'claimed';
  const rules = message.decision === 'abort' ? abortRules : [...abortRules, ...decisionRules];
  for (const rule of rules) {
    const objection = rule(message, situation);
    if (objection === null) continue;
    const [refusal, note] = objection;
    return { ...message, accepted: false, note, refusal, identity };
  }
  return { ...message, accepted: true, note: noteOf(message, situation), identity };
}

/** What keeps even an abort from counting. */
const abortRules: readonly Rule[] = [changeIsMade, promotionIsOver, decisionIsFinal];

/** What an approval or a rejection has to pass besides, in the order in which a person would like to be told. */
const decisionRules: readonly Rule[] = [
  comesInTime,
  namesWhatWaits,
  hasReason,
  policyIsReadable,
  isNew,
  isByAnApprover,
  signatureHolds,
  isSignedWhereAsked,
  isNotByRequester,
  isNotByTrainer,
  isTheFirstOfItsApprover,
];

/** A look at the rollout or the watch may be decided on after the change; the promotion itself may not. */
function isAboutLook({ promotion, awaitedDigest }: DecisionSituation): boolean {
  return promotion.looks.some(({ reportDigest }) => reportDigest === awaitedDigest);
}

function changeIsMade({ decision }: ParsedDecision, situation: DecisionSituation): Objection | null {
  if (situation.promotion.change === null || (decision !== 'abort' && isAboutLook(situation))) return null;
  return ['after-change', 'the champion has changed already; `gauntlet rollback` takes it back'];
}

function promotionIsOver(_: ParsedDecision, { promotion }: DecisionSituation): Objection | null {
  return promotion.status === 'open' ? null : ['after-end', `this promotion is over: ${promotion.outcome}`];
}

function decisionIsFinal({ decision }: ParsedDecision, situation: DecisionSituation): Objection | null {
  const { promotion, awaitedDigest } = situation;
  const earlier = isAboutLook(situation)
    ? promotion.decisions.find(
        (known) => known.accepted && (known.decision === 'abort' || known.reportDigest === awaitedDigest),
      )
    : decisionInForce(promotion);
  if (earlier === null || earlier === undefined) return null;
  if (decision === 'abort' && earlier.decision !== 'abort') return null;
  return ['already-decided', `the ${earlier.decision} by ${earlier.by} was first, and it is final`];
}

function comesInTime(_: ParsedDecision, { receivedMs, deadlineMs }: DecisionSituation): Objection | null {
  return deadlineMs !== null && receivedMs >= deadlineMs ? ['after-deadline', 'it came after the deadline'] : null;
}

function namesWhatWaits({ reportDigest: named }: ParsedDecision, situation: DecisionSituation): Objection | null {
  const { awaitedDigest, earlierReports } = situation;
  if (named !== null && awaitedDigest.startsWith(named)) return null;
  const waits = `report ${awaitedDigest.slice(0, 12)} waits`;
  const isEarlier = named !== null && earlierReports.some((digest) => digest.startsWith(named));
  return isEarlier
    ? ['old-report', `it names report ${named}, which is void: the evidence changed, and ${waits}`]
    : ['other-report', `it names report ${named ?? 'none'}, but ${waits}`];
}

function hasReason({ decision, reason }: ParsedDecision): Objection | null {
  return reason === '' ? ['no-reason', `it gives no reason, and to ${decision} needs one`] : null;
}

function policyIsReadable(_: ParsedDecision, { policy }: DecisionSituation): Objection | null {
  const note = 'the definition cannot be read now, so nobody knows who may decide; send it again when it can';
  return policy === null ? ['policy-unreadable', note] : null;
}

function isNew(_: ParsedDecision, { nonceRecord }: DecisionSituation): Objection | null {
  return nonceRecord === null ? null : ['replayed', `record ${String(nonceRecord)} has this very decision already`];
}

/** A policy that names nobody cannot check a signature, so one that comes all the same proves nothing. */
function isByAnApprover(message: ParsedDecision, { policy }: DecisionSituation): Objection | null {
  const approvers = policy?.approvers ?? [];
  if (approvers.length === 0) {
    const note = 'the policy names no approvers, so its signature cannot be checked';
    return message.signature === null ? null : ['unknown-approver', note];
  }
  if (approvers.some(({ name }) => isSamePerson(name, message.by))) return null;
  return ['unknown-approver', `${message.by} is not among the approvers of this pipeline`];
}

function signatureHolds({ by, signature }: ParsedDecision, situation: DecisionSituation): Objection | null {
  if (signature === null || situation.signature === 'valid') return null;
  return ['bad-signature', `its signature is not that of ${by}'s key over this decision`];
}

function isSignedWhereAsked({ signature }: ParsedDecision, { policy }: DecisionSituation): Objection | null {
  if (signature !== null || policy?.unsigned !== 'refuse') return null;
  return ['unsigned', 'it is not signed, and the policy counts signed decisions only; see `gauntlet approve --key`'];
}

function isNotByRequester({ decision, by }: ParsedDecision, { promotion }: DecisionSituation): Objection | null {
  const requester = requesterOf(promotion);
  const isOwn = decision === 'approve' && requester !== null && isSamePerson(by, requester);
  return isOwn ? ['requester', `${by} asked for this promotion, so somebody else has to approve it`] : null;
}

function isNotByTrainer({ decision, by }: ParsedDecision, { trainer }: DecisionSituation): Objection | null {
  const isOwn = decision === 'approve' && trainer !== null && isSamePerson(by, trainer);
  return isOwn ? ['trainer', `${by} trained this version, so somebody else has to approve it`] : null;
}

function isTheFirstOfItsApprover(message: ParsedDecision, situation: DecisionSituation): Objection | null {
  const { promotion, awaitedDigest, key } = situation;
  const self = { by: message.by, ...(key === null ? {} : { key }) };
  const earlier = approvalsOf(promotion, awaitedDigest).find((known) => isSameApprover(known, self));
  if (message.decision !== 'approve' || earlier === undefined) return null;
  return ['twice', `${message.by} has approved this report already, in record ${String(earlier.recordNumber)}`];
}

function noteOf({ decision }: ParsedDecision, situation: DecisionSituation): string {
  if (decision === 'abort') return 'abort before the change of champion always counts';
  const { promotion, awaitedDigest, policy } = situation;
  const quorum = isAboutLook(situation) ? 1 : (policy?.quorum ?? 1);
  if (decision === 'reject' || quorum === 1) return 'it names the report that waits and came in time';
  const so = approvalsOf(promotion, awaitedDigest).length + 1;
  return `it names the report that waits and came in time: approval ${String(so)} of ${String(quorum)}`;
}

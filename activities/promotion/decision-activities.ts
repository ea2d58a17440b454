import { fingerprintOf } from '../../contracts/approval-signature.js';
import { judgeDecision, type JudgedDecision } from '../../domain/promotion/judge-decision.js';
import type { DecisionReceived } from '../../domain/ledger/decision-events.js';
import { describeProblem } from '../../domain/failure-types.js';
import { completingApproval } from '../../domain/ledger/questions.js';
import type { LedgerEntry, LedgerRecord } from '../../domain/ledger/record.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { describeApprovals, type ApprovalStanding } from '../../domain/promotion/asked-people.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord, findRecord } from '../ledger/append-record.js';
import { readLedger, type Ledger } from '../ledger/read-ledger.js';
import type { Definitions } from '../ports/definitions.js';
import type { SignalDirectory, SignalReceipt } from '../ports/signal-directory.js';
import type { Store } from '../ports/store.js';
import { loadCurrentPolicy, type CurrentPolicy } from './approval-policy.js';
import { approverNamed, situationOf, trainerOf, type DecisionToJudge } from './decision-situation.js';

export interface DecisionServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly signals: SignalDirectory;
}

/** A decision as it was judged and recorded. */
export interface AnsweredDecision extends JudgedDecision {
  /** It counts, and nobody else is needed. */
  readonly isSettled: boolean;
  readonly standing: ApprovalStanding;
}

/** How people's decisions are judged and kept: here and not in the workflow, because keys need computing with. */
export function createDecisionActivities(services: DecisionServices) {
  return {
    /** Judges a decision by the policy of this moment and keeps it, whether it counts or not. Asked again, it finds its record. */
    judgeDecision: (asked: DecisionToJudge): Promise<AnsweredDecision> => answer(services, asked),
  };
}

export type DecisionActivities = ReturnType<typeof createDecisionActivities>;

/** A lost race changes what the decision is judged by, so it is judged again; each loss means that somebody else wrote. */
const maxRaces = 200;

async function answer(services: DecisionServices, asked: DecisionToJudge): Promise<AnsweredDecision> {
  const { promotion } = asked;
  const { pipeline } = promotion;
  const policy = await loadCurrentPolicy(services.definitions, pipeline);
  const receipt = await findReceipt(services.signals, asked);
  const recordId = recordIdOf(asked);
  for (let race = 0; race < maxRaces; race++) {
    const ledger = await readLedger(services.store, pipeline);
    const known = findRecord(ledger.records, recordId);
    if (known !== undefined) return answerOf(asked, known.record, ledger, policy);
    const receivedAt = receipt?.receivedAt ?? null;
    const judged = judgeDecision(asked.message, situationOf(asked, { ledger, policy, receivedAt }));
    crashPoint('before-decision');
    await appendIfUnmoved(
      services.store,
      pipeline,
      ledger.state,
      entryOf(asked, { recordId, judged, policy, receipt }),
    );
    crashPoint('after-decision');
  }
  throw new Error(
    `the ledger of ${pipeline} moved ${String(maxRaces)} times while a decision was judged; it is retried`,
  );
}

/**
 * When the server had this decision, and from whom. What is read before the deadline came before it, so it does not wait
 * for a server that does not answer; whether anything read later came in time, nobody else can tell.
 */
async function findReceipt(signals: SignalDirectory, asked: DecisionToJudge): Promise<SignalReceipt | null> {
  const { message, deadlineAt, stamp } = asked;
  try {
    return await signals.receiptOf(stamp.workflow, { name: message.decision, index: message.signalIndex });
  } catch (error) {
    const isReadInTime = deadlineAt === null || Date.parse(stamp.at) < Date.parse(deadlineAt);
    if (isReadInTime || message.decision === 'abort') return null;
    throw error;
  }
}

function receivedFields(receipt: SignalReceipt | null): Pick<DecisionReceived, 'principal' | 'receivedAt'> {
  if (receipt === null) return {};
  const { sender, receivedAt } = receipt;
  return sender === null ? { receivedAt } : { principal: sender, receivedAt };
}

/** The same signal of the same run is the same decision, however often it is judged. */
function recordIdOf({ promotion, message, stamp }: DecisionToJudge): string {
  const which = `${message.decision}-${String(message.signalIndex)}`;
  return `promotion/${promotion.promotionId ?? ''}/decision/${stamp.workflow.runId}/${which}`;
}

interface Judgement {
  readonly recordId: string;
  readonly judged: JudgedDecision;
  readonly policy: CurrentPolicy | null;
  readonly receipt: SignalReceipt | null;
}

function entryOf(asked: DecisionToJudge, judgement: Judgement): LedgerEntry<DecisionReceived> {
  const { promotion, awaitedDigest, stamp } = asked;
  const { recordId, judged, policy, receipt } = judgement;
  const { decision, by, accepted, note, identity = 'claimed', refusal, nonce, signature, reason } = judged;
  const approver = identity === 'verified' ? approverNamed(policy, by) : null;
  return {
    recordId,
    at: stamp.at,
    actor: { name: by, kind: 'person' },
    reason: reason === '' ? `${decision}, no reason given` : reason,
    workflow: stamp.workflow,
    event: {
      type: 'decision-received',
      promotionId: promotion.promotionId ?? '',
      decision,
      by,
      reportDigest: accepted && decision !== 'abort' ? awaitedDigest : judged.reportDigest,
      accepted,
      note,
      identity,
      ...(refusal === undefined ? {} : { refusal }),
      ...(approver === null ? {} : { key: fingerprintOf(approver.publicKey) }),
      ...(nonce === null ? {} : { nonce }),
      ...(signature === null ? {} : { signature }),
      ...receivedFields(receipt),
      ...(policy === null ? {} : { quorum: policy.quorum, definitionDigest: policy.definitionDigest }),
    },
  };
}

/**
 * Appends the decision as it was judged, unless somebody else wrote since: then it has to be judged again. Where the
 * ledger's own rules object to one that would count, it is kept as one that does not.
 */
async function appendIfUnmoved(
  store: Store,
  pipeline: string,
  seen: LedgerState,
  entry: LedgerEntry<DecisionReceived>,
): Promise<void> {
  const ifUnmoved = (state: LedgerState) => (state.head.number === seen.head.number ? entry : null);
  const result = await appendRecord(store, pipeline, ifUnmoved);
  if (result.status !== 'refused') return;
  const note = `the ledger does not take it: ${result.problems.map(describeProblem).join('; ')}`;
  if (!entry.event.accepted) throw new Error(note);
  const event: DecisionReceived = { ...entry.event, accepted: false, refusal: 'ledger-rule', note };
  await appendIfUnmoved(store, pipeline, seen, { ...entry, event });
}

function answerOf(
  { promotion, message, awaitedDigest }: DecisionToJudge,
  { event }: LedgerRecord,
  ledger: Ledger,
  policy: CurrentPolicy | null,
): AnsweredDecision {
  const course = ledger.state.promotions.get(promotion.promotionId ?? '');
  if (event.type !== 'decision-received' || course === undefined)
    throw new TypeError('unreachable: this record id belongs to a decision of a promotion that is there');
  const { accepted, note, refusal, identity, decision, quorum = 1 } = event;
  const isLook = course.looks.some(({ reportDigest }) => reportDigest === awaitedDigest);
  const isEnough = decision !== 'approve' || isLook || completingApproval(course, awaitedDigest) !== null;
  const trainer = trainerOf(ledger, course.challenger);
  return {
    ...message,
    accepted,
    note,
    ...(refusal === undefined ? {} : { refusal }),
    ...(identity === undefined ? {} : { identity }),
    isSettled: accepted && isEnough,
    standing: describeApprovals(course, awaitedDigest, {
      policy: policy ?? { quorum, approvers: [] },
      trainer,
    }),
  };
}

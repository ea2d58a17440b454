import type { FileRef, ModelRef } from '../model-ref.js';
import type { DecisionReceived } from './decision-events.js';
import type { ModelRegistered } from './events.js';
import { isSameApprover } from '../promotion/person.js';
import type { ChampionTerm, LedgerState, PromotionCourse, Recorded, SplitTerm } from './state.js';

/** Who was champion at an instant: the term that had begun by then; null before the first. */
export function championAt(state: LedgerState, instant: string): ChampionTerm | null {
  const at = Date.parse(instant);
  return state.championHistory.findLast((term) => Date.parse(term.since) <= at) ?? null;
}

/** The term that a decision epoch lies in; null for epoch 0 and for epochs that have not begun. */
export function championOfEpoch(state: LedgerState, epoch: number): ChampionTerm | null {
  if (epoch > state.decisionEpoch) return null;
  return state.championHistory.findLast((term) => term.epoch <= epoch) ?? null;
}

/** The rollout step of a decision epoch; null while the champion served alone. */
export function splitOfEpoch(state: LedgerState, epoch: number): SplitTerm | null {
  const term = state.splitHistory.find((split) => split.epoch === epoch);
  return term === undefined || term.step === null ? null : term;
}

/** The rollout steps that a promotion has taken so far, oldest first. */
export function splitsOf(state: LedgerState, promotionId: string): readonly SplitTerm[] {
  return state.splitHistory.filter((split) => split.promotionId === promotionId);
}

/** The decision epoch that the ledger had at one of its records. */
export function epochAt(state: LedgerState, recordNumber: number): number {
  const terms = [...state.championHistory, ...state.splitHistory].filter((term) => term.recordNumber <= recordNumber);
  return Math.max(0, ...terms.map(({ epoch }) => epoch));
}

/**
 * The newest registered version that may be tried without a person naming it: registered after the champion, never
 * champion itself, and named by no refusal, rejection, abort or rollback.
 */
export function newestEligibleChallenger(state: LedgerState): Recorded<ModelRegistered> | null {
  const excluded = new Set(state.excludedChallengers.map(({ modelDigest }) => modelDigest));
  const served = new Set(state.championHistory.map(({ model }) => model.modelDigest));
  const championNumber = state.models.get(state.champion?.modelDigest ?? '')?.recordNumber ?? 0;
  const eligible = [...state.models.values()].filter(
    ({ model, recordNumber }) =>
      recordNumber > championNumber && !excluded.has(model.modelDigest) && !served.has(model.modelDigest),
  );
  return eligible.at(-1) ?? null;
}

/** The approvals of a report that count, oldest first, each person once. */
export function approvalsOf(promotion: PromotionCourse, reportDigest: string): readonly Recorded<DecisionReceived>[] {
  const approvals = promotion.decisions.filter(
    (known) => known.accepted && known.decision === 'approve' && known.reportDigest === reportDigest,
  );
  return approvals.filter((each, index) => approvals.findIndex((known) => isSameApprover(known, each)) === index);
}

/** The approval that made the approvals of a report as many as its policy asked for; null while some are missing. */
export function completingApproval(
  promotion: PromotionCourse,
  reportDigest: string,
): Recorded<DecisionReceived> | null {
  return approvalsOf(promotion, reportDigest).find(({ quorum = 1 }, index) => index + 1 >= quorum) ?? null;
}

/**
 * The decision that counts for a promotion's latest report. An abort beats everything, a rejection ends the promotion
 * whatever report it saw, and approvals count only for the very report they name, once as many different people as the
 * policy asks for have approved it: the last of them is in force. Null while nothing is decided.
 */
export function decisionInForce(promotion: PromotionCourse): Recorded<DecisionReceived> | null {
  const accepted = promotion.decisions.filter((decision) => decision.accepted);
  const abort = accepted.find(({ decision }) => decision === 'abort');
  if (abort !== undefined) return abort;
  const rejection = accepted.find(({ decision }) => decision === 'reject') ?? null;
  const approval = completingApproval(promotion, promotion.report?.reportDigest ?? '');
  if (rejection === null || approval === null) return rejection ?? approval;
  return rejection.recordNumber < approval.recordNumber ? rejection : approval;
}

/** A person's go-ahead for a look that settled nothing; null while nobody gave it. */
export function goAheadFor(promotion: PromotionCourse, lookDigest: string): Recorded<DecisionReceived> | null {
  const isGoAhead = ({ accepted, decision, reportDigest }: DecisionReceived): boolean =>
    accepted && decision === 'approve' && reportDigest === lookDigest;
  return promotion.decisions.find(isGoAhead) ?? null;
}

/** A person's rejection of a look that settled nothing; it ends the promotion like one of the gate report. */
export function lookRejection(promotion: PromotionCourse): Recorded<DecisionReceived> | null {
  const looks = new Set(promotion.looks.map(({ reportDigest }) => reportDigest));
  const isRejection = ({ accepted, decision, reportDigest }: DecisionReceived): boolean =>
    accepted && decision === 'reject' && reportDigest !== null && looks.has(reportDigest);
  return promotion.decisions.find(isRejection) ?? null;
}

/** What the registry's alias says, compared with the ledger. */
export type AliasStanding =
  | { readonly status: 'no-champion' }
  /** The alias equals the head; `recorded` is false while its `alias-projected` record is missing. */
  | { readonly status: 'in-step'; readonly recorded: boolean; readonly changeNumber: number }
  /** The alias shows an earlier state of ours: set it to `target`. */
  | { readonly status: 'pending'; readonly target: ModelRef; readonly changeNumber: number }
  /** Somebody else, or a late request, moved it: alarm, and leave it alone. */
  | { readonly status: 'moved-elsewhere'; readonly expected: ModelRef; readonly foundVersion: string | null };

/**
 * Whether the alias is ours. `found` is the version the alias names now, null when there is no alias. Ours are the head,
 * the last projection, and changes in between whose projection may have been applied without being recorded.
 */
export function decideAlias(args: { readonly state: LedgerState; readonly found: string | null }): AliasStanding {
  const { state, found } = args;
  const head = state.championHistory.at(-1);
  if (head === undefined) return { status: 'no-champion' };
  const changeNumber = head.recordNumber;
  if (found === head.model.version)
    return { status: 'in-step', recorded: state.pendingProjection === null, changeNumber };
  const isOurs = state.pendingProjection !== null && ownVersions(state).includes(found);
  if (isOurs) return { status: 'pending', target: head.model, changeNumber };
  return { status: 'moved-elsewhere', expected: head.model, foundVersion: found };
}

/** Versions the alias may show between the last recorded projection and the head; null is "no alias yet". */
function ownVersions(state: LedgerState): readonly (string | null)[] {
  const since = state.lastProjection?.changeNumber ?? 0;
  const unrecorded = state.championHistory.filter(({ recordNumber }) => recordNumber > since);
  return [state.lastProjection?.model.version ?? null, ...unrecorded.map(({ model }) => model.version)];
}

/** The newest correction file, and whose predictions stand now instead of those it corrects; null without one. */
export function newestCorrections({
  replacements,
  championHistory,
}: LedgerState): { readonly model: ModelRef; readonly file: FileRef; readonly rollbackId: string } | null {
  const newest = [...replacements.values()].findLast(({ correctionFile }) => correctionFile !== null);
  if (newest === undefined || newest.correctionFile === null) return null;
  const { recordNumber, rollbackId, correctionFile: file } = newest;
  const term = championHistory.findLast((each) => each.recordNumber < recordNumber);
  return term === undefined ? null : { model: term.model, file, rollbackId };
}

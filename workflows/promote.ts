import { ActivityFailure, ApplicationFailure, patched } from '@temporalio/workflow';
import type { PromotionActivities } from '../activities/promotion/promotion-activities.js';
import type { JudgedDecision } from '../domain/promotion/judge-decision.js';
import { computeOptions, controlOptions } from './activity-options.js';
import type { GateOutcome, PromoteResult } from './api.js';
import { renderPromoteResult } from './cards/promote-card.js';
import { openDecisionInbox, type DecisionInbox } from './decision-inbox.js';
import { measureGates } from './measure-gates.js';
import { awaitDecision, record } from './promotion/await-decision.js';
import { close, dryRun, grounds } from './promotion/close-promotion.js';
import { stampOf, type Room, type Story } from './promotion/story.js';
import { runContext, stampNow } from './run-context.js';
import { decisionSignals, openStatusBoard, type StatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginPromotion, recordGates, changeChampion } = steps<PromotionActivities>(controlOptions);
const { confirmEvidence } = steps<PromotionActivities>(computeOptions);

/** Evidence that changes again and again while people decide is a sign that somebody should look. */
const maxRounds = 5;

/** Makes a challenger champion: gates, a person's approval of exactly that evidence, one ledger record, the alias. */
export async function promote(input: unknown): Promise<PromoteResult> {
  const board = openStatusBoard('Promote', decisionSignals);
  // Until there was this patch, a decision that came with the start, or was applied again by a reset, was not heard.
  if (!patched('decisions-heard-first')) board.hearOthers();
  const inbox = openDecisionInbox(board);
  board.hearOthers();
  const run = runContext();
  const result = await decideInRounds(input, { board, inbox, run });
  noteUnheard(inbox, board);
  board.show({ phase: result.status, waitingFor: null }, renderPromoteResult(result));
  return result;
}

/** Whoever wrote after the decision was made learns that it changed nothing. */
function noteUnheard(inbox: DecisionInbox, board: StatusBoard): void {
  for (let late = inbox.take(); late !== undefined; late = inbox.take()) {
    board.note(`\`${late.decision}\` by ${late.by} came too late: this promotion is over.`);
  }
}

/** Each round measures afresh. Another round follows only when the evidence moved while it was measured or decided on. */
async function decideInRounds(input: unknown, room: Room): Promise<PromoteResult> {
  for (let round = 0; ; round++) {
    room.board.show({ phase: 'choosing the challenger' });
    const stamp = stampNow(room.run, { name: 'promote', kind: 'workflow' });
    const promotion = await beginPromotion({ input, stamp, run: room.run });
    room.board.begin(promotion);
    if (promotion.status === 'elsewhere') return promotion.result;
    const story = { ...room, promotion };
    if (promotion.appliedReport !== null) return finishApplied(story);
    if (promotion.stopped !== null) return stop(story, null, promotion.stopped);
    if (round === maxRounds) return close(story, 'superseded', null, null, [`the evidence changed ${maxRounds} times`]);
    const result = await decideOnce(story);
    if (result !== 'again') return result;
  }
}

async function decideOnce(story: Story): Promise<PromoteResult | 'again'> {
  const { promotion, board, inbox } = story;
  const gates = await measureOrRefuse(story);
  if ('status' in gates) return gates;
  if (promotion.dryRun) return dryRun(promotion, gates);
  if ((await recordGates({ promotion, gates, stamp: stampOf(story) })) === 'stale') return 'again';
  const abort = inbox.takeAbort();
  if (abort !== undefined) return stop(story, gates, await record(story, gates, abort, Infinity));
  if (gates.verdict !== 'pass') return close(story, 'refused', gates, null, grounds(gates));
  const decision = await awaitDecision(story, gates);
  if (decision === 'expired') return close(story, 'expired', gates, null, ['nobody decided before the deadline']);
  if (decision.decision !== 'approve') return stop(story, gates, decision);
  board.show({ phase: 'confirming that the evidence still holds', waitingFor: null });
  const moved = await confirmEvidence({ promotion, gates });
  const late = inbox.takeAbort();
  if (late !== undefined) return stop(story, gates, await record(story, gates, late, Infinity));
  if (moved.length > 0) return voidApproval(story, decision, moved);
  board.show({ phase: 'changing the champion' });
  const change = await changeChampion({ promotion, gates, reason: decision.reason, stamp: stampOf(story) });
  if (change.status === 'changed') return finish(story, gates, decision.by);
  return voidApproval(story, decision, change.grounds);
}

function voidApproval({ board }: Story, decision: JudgedDecision, why: readonly string[]): 'again' {
  board.note(`The approval by ${decision.by} is void: ${why.join('; ')}. The gates are measured again.`);
  return 'again';
}

/** A challenger that is the champion in other clothes is refused, like one that fails: there is nothing to compare. */
async function measureOrRefuse(story: Story): Promise<GateOutcome | PromoteResult> {
  try {
    return await measureGates(story.promotion.evidence, story.board);
  } catch (error) {
    const failure = error instanceof ActivityFailure ? error.cause : undefined;
    const isIdentical = failure instanceof ApplicationFailure && failure.type === 'IDENTICAL_MODELS';
    if (!isIdentical || story.promotion.dryRun) throw error;
    return close(story, 'refused', null, null, [failure.message]);
  }
}

function stop(
  story: Story,
  gates: GateOutcome | null,
  decision: Pick<JudgedDecision, 'decision' | 'by' | 'reason'>,
): Promise<PromoteResult> {
  const outcome = decision.decision === 'reject' ? 'rejected' : 'aborted';
  return close(story, outcome, gates, null, [
    `${outcome} by ${decision.by}${decision.reason === '' ? '' : `: ${decision.reason}`}`,
  ]);
}

/** The champion is changed: the ledger says so already. What is left can be done again as often as needed. */
async function finish(story: Story, gates: GateOutcome | null, approvedBy: string): Promise<PromoteResult> {
  return close(story, 'promoted', gates, approvedBy, ['gates passed and a person approved the report']);
}

function finishApplied(story: Story): Promise<PromoteResult> {
  return finish(story, null, story.promotion.approved?.by ?? 'recorded before');
}

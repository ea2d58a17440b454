import { ActivityFailure, ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import type { PromotionActivities } from '../activities/promotion/promotion-activities.js';
import { computeOptions, controlOptions } from './activity-options.js';
import { newsSignals, type GateOutcome, type PlannedTransition, type PromoteResult } from './api.js';
import { renderPromoteResult } from './cards/promote-card.js';
import { openDecisionInbox, type DecisionInbox } from './decision-inbox.js';
import { measureGates } from './measure-gates.js';
import { afterApproval, endWithout, resume } from './promotion/after-approval.js';
import { awaitDecision } from './promotion/await-decision.js';
import { close, dryRun, grounds } from './promotion/close-promotion.js';
import { hearStop, stopOf, supersededBy } from './promotion/hear-decisions.js';
import { openNews, tell } from './promotion/news.js';
import { queueAgain, waitForTurn } from './promotion/queue.js';
import { stampOf, type Room, type Story } from './promotion/story.js';
import { runContext, stampNow } from './run-context.js';
import { decisionSignals, openStatusBoard, type StatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginPromotion, recordGates, planTransition, findPlanMoves } = steps<PromotionActivities>(controlOptions);
const { confirmEvidence } = steps<PromotionActivities>(computeOptions);

/** Each of them was left open by a run that is gone; so many in a row are a sign that somebody should look. */
const maxTakeovers = 5;

/** Evidence that changes again and again while people decide is a sign that somebody should look. */
const maxRounds = 5;

/**
 * Makes a challenger champion: gates, a person's approval of exactly that evidence, the steps of the rollout, one ledger
 * record, the alias, and the watch. Killed anywhere, the next run takes it up where the ledger says it stands.
 */
export async function promote(input: unknown): Promise<PromoteResult> {
  const board = openStatusBoard('Promote', decisionSignals);
  // Until there was this patch, a decision that came with the start, or was applied again by a reset, was not heard.
  if (!patched('decisions-heard-first')) board.hearOthers();
  const inbox = openDecisionInbox(board);
  const news = openNews();
  board.hearOthers();
  const run = runContext();
  const result = await decideInRounds(input, { board, inbox, news, run });
  noteUnheard(inbox, board);
  board.show({ phase: result.status, waitingFor: null }, renderPromoteResult(result, workflowInfo().namespace));
  for (const waiter of news.waiters()) await tell(board, waiter, newsSignals.turnCame);
  return result;
}

/** Whoever wrote after the decision was made learns that it changed nothing. */
function noteUnheard(inbox: DecisionInbox, board: StatusBoard): void {
  for (let late = inbox.take(); late !== undefined; late = inbox.take()) {
    board.note(`\`${late.decision}\` by ${late.by} came too late: this promotion is over.`);
  }
}

/**
 * Each round measures afresh. Another round follows only when the evidence moved while it was measured or decided on, or
 * after another promotion that was found open was brought to its end.
 */
async function decideInRounds(given: unknown, room: Room): Promise<PromoteResult> {
  let input = given;
  for (let round = 0, waits = 1, takeovers = 0; ;) {
    room.board.show({ phase: 'choosing the challenger' });
    const stamp = stampNow(room.run, { name: 'promote', kind: 'workflow' });
    const promotion = await beginPromotion({ input, stamp, run: room.run });
    room.board.begin(promotion);
    if (promotion.status === 'elsewhere') return promotion.result;
    if (promotion.status === 'queued') {
      const turn = await waitForTurn(room, promotion);
      if (turn !== 'look again') return turn;
      input = await queueAgain(input, promotion, waits++);
      continue;
    }
    const story = { ...room, promotion, input };
    const result = (await resume(story)) ?? (await decideRound(story, round++));
    if (result === 'again') continue;
    const isAnother = promotion.rollout?.isOther === true;
    const end = isAnother ? endOfTakeover(room, result, ++takeovers) : result;
    if (end !== null) return end;
  }
}

/**
 * What the run ends with after it brought another promotion to its end; null when its own version comes next. An abort
 * that it heard meanwhile is for both.
 */
function endOfTakeover({ inbox }: Room, other: PromoteResult, takeovers: number): PromoteResult | null {
  const instead = (status: PromoteResult['status'], why: string): PromoteResult => ({
    ...other,
    status,
    summary: `${other.summary} Nothing else was started: ${why}.`,
    grounds: [...other.grounds, why],
  });
  const abort = inbox.firstAbort();
  // Until there was this patch the run went on with its own version.
  if (abort !== null && patched('abort-ends-takeover')) return instead('aborted', stopOf(abort).grounds.join());
  if (takeovers < maxTakeovers) return null;
  return instead('in-progress-elsewhere', `${String(takeovers)} promotions in a row were left open by runs that ended`);
}

function decideRound(story: Story, round: number): Promise<PromoteResult | 'again'> {
  if (round < maxRounds) return decideOnce(story);
  return close(story, 'superseded', null, null, [`the evidence changed ${maxRounds} times`]);
}

async function decideOnce(story: Story): Promise<PromoteResult | 'again'> {
  const { promotion, board } = story;
  const gates = await measureOrRefuse(story);
  if ('status' in gates) return gates;
  if (promotion.dryRun) return dryRun(promotion, gates, await planIfAsked(story, gates));
  const moves = promotion.appliedPlan === undefined ? [] : await findPlanMoves({ promotion, gates });
  if (moves.length > 0) return close(story, 'superseded', gates, null, moves);
  if ((await recordGates({ promotion, gates, stamp: stampOf(story) })) === 'stale') return 'again';
  const stop = await hearStop(story);
  if (stop !== null) return endWithout(story, gates, stop);
  if (gates.verdict !== 'pass') return close(story, 'refused', gates, null, grounds(gates));
  const decision = await awaitDecision(story, gates);
  if (decision.decision === 'expired') return close(story, 'expired', gates, null, [decision.why]);
  if (decision.decision === 'superseded') return endWithout(story, gates, supersededBy(story.news));
  if (decision.decision !== 'approve') return endWithout(story, gates, stopOf(decision));
  board.show({ phase: 'confirming that the evidence still holds', waitingFor: null });
  const moved = await confirmEvidence({ promotion, gates });
  const late = await hearStop(story);
  if (late !== null) return endWithout(story, gates, late);
  const { by, reason } = decision;
  return afterApproval(story, { gates, reportDigest: gates.reportDigest, by, reason }, moved);
}

async function planIfAsked({ promotion }: Story, gates: GateOutcome): Promise<PlannedTransition | null> {
  return promotion.planOnly === true ? planTransition({ promotion, gates }) : null;
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

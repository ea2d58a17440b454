import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  proxyActivities,
  rootCause,
} from '@temporalio/workflow';
import type { ProjectionActivities } from '../activities/promotion/projection-activities.js';
import type { PromotionPlan, PromotionActivities } from '../activities/promotion/promotion-activities.js';
import { judgeDecision, type JudgedDecision } from '../domain/promotion/judge-decision.js';
import { aliasOptions, computeOptions, controlOptions, webhookOptions } from './activity-options.js';
import type { GateOutcome, PromoteResult } from './api.js';
import { renderApprovalRequest, renderPromoteResult } from './cards/promote-card.js';
import { openDecisionInbox, type DecisionInbox } from './decision-inbox.js';
import { measureGates } from './measure-gates.js';
import { whenRegistryAnswers } from './registry-patience.js';
import { runContext, stampNow, type RunContext, type Stamp } from './run-context.js';
import { decisionSignals, openStatusBoard, type StatusBoard } from './status-board.js';

const { beginPromotion, recordGates, requestApproval, recordDecision, changeChampion, closePromotion } =
  proxyActivities<PromotionActivities>(controlOptions);
const { confirmEvidence } = proxyActivities<PromotionActivities>(computeOptions);
const { notifyApproval } = proxyActivities<PromotionActivities>(webhookOptions);
const { projectChampion } = proxyActivities<ProjectionActivities>(aliasOptions);

/** Evidence that changes again and again while people decide is a sign that somebody should look. */
const maxRounds = 5;
const maxMessages = 500;

/** Makes a challenger champion: gates, a person's approval of exactly that evidence, one ledger record, the alias. */
export async function promote(input: unknown): Promise<PromoteResult> {
  const board = openStatusBoard('Promote', decisionSignals);
  const inbox = openDecisionInbox(board);
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

interface Room {
  readonly board: StatusBoard;
  readonly inbox: DecisionInbox;
  readonly run: RunContext;
}

interface Story extends Room {
  readonly promotion: PromotionPlan;
}

/** Each round measures afresh. Another round follows only when the evidence moved while it was measured or decided on. */
async function decideInRounds(input: unknown, room: Room): Promise<PromoteResult> {
  for (let round = 0; ; round++) {
    room.board.show({ phase: 'choosing the challenger' });
    const stamp = stampNow(room.run, { name: 'promote', kind: 'workflow' });
    const promotion = await beginPromotion({ input, stamp, run: room.run });
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

/** Asks once, then looks at every message until one counts or the deadline passes. Silence is an outcome. */
async function awaitDecision(story: Story, gates: GateOutcome): Promise<JudgedDecision | 'expired'> {
  const { promotion, board, inbox } = story;
  const known = promotion.approved;
  if (known !== null && known.reportDigest === gates.reportDigest)
    return { ...known, decision: 'approve', accepted: true, note: 'recorded before' };
  const { deadlineAt } = await requestApproval({ promotion, reportDigest: gates.reportDigest, stamp: stampOf(story) });
  const waitingFor = `a person's approval of report ${gates.reportDigest.slice(0, 12)} until ${deadlineAt}`;
  board.show(
    { phase: 'gates passed', waitingFor, reportDigest: gates.reportDigest, deadlineAt },
    renderApprovalRequest(promotion, gates, deadlineAt),
  );
  await tellWebhook(story, gates, deadlineAt);
  const deadlineMs = Date.parse(deadlineAt);
  for (let seen = 0; seen < maxMessages; seen++) {
    await condition(() => !inbox.isEmpty(), Math.max(0, deadlineMs - Date.now()));
    const message = inbox.takeAbort() ?? inbox.take();
    if (message === undefined) return 'expired';
    const judged = await record(story, gates, message, deadlineMs);
    const overtaking = judged.accepted && judged.decision === 'approve' ? inbox.takeAbort() : undefined;
    if (overtaking !== undefined) return record(story, gates, overtaking, deadlineMs);
    if (judged.accepted) return judged;
    board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${judged.note}.`);
  }
  board.note(`${maxMessages} messages came and none of them counted, so this promotion ends.`);
  return 'expired';
}

/** A webhook that is away never holds up a decision. */
async function tellWebhook(story: Story, gates: GateOutcome, deadlineAt: string): Promise<void> {
  try {
    await notifyApproval({ promotion: story.promotion, gates, deadlineAt, stamp: stampOf(story) });
  } catch (error) {
    if (isCancellation(error)) throw error;
    story.board.note(`The webhook could not be told: ${rootCause(error) ?? 'no answer'}.`);
  }
}

/** Every decision is kept with who and why, also those that do not count. */
async function record(
  story: Story,
  gates: GateOutcome,
  message: Parameters<typeof judgeDecision>[0],
  deadlineMs: number,
): Promise<JudgedDecision> {
  const judged = judgeDecision(message, { reportDigest: gates.reportDigest, nowMs: Date.now(), deadlineMs });
  await recordDecision({
    promotion: story.promotion,
    judged,
    reportDigest: gates.reportDigest,
    stamp: { ...stampOf(story), actor: { name: judged.by, kind: 'person' } },
  });
  return judged;
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

async function close(
  story: Story,
  outcome: Exclude<PromoteResult['status'], 'dry-run' | 'in-progress-elsewhere'>,
  gates: GateOutcome | null,
  approvedBy: string | null,
  why: readonly string[],
): Promise<PromoteResult> {
  const { promotion, board } = story;
  const alias =
    outcome === 'promoted'
      ? await whenRegistryAnswers(board, 'setting the alias', () =>
          projectChampion({
            pipeline: promotion.pipeline,
            definitionDigest: promotion.definitionDigest,
            stamp: stampOf(story),
          }),
        )
      : null;
  const reportDigest = gates?.reportDigest ?? promotion.appliedReport;
  await closePromotion({ promotion, outcome, reportDigest, grounds: why, stamp: stampOf(story) });
  return {
    ...base(promotion, gates),
    status: outcome,
    summary: summarise(promotion, outcome, why),
    championAfter: outcome === 'promoted' ? promotion.challenger : promotion.champion,
    approvedBy,
    grounds: why,
    alias: alias?.summary ?? null,
  };
}

function dryRun(promotion: PromotionPlan, gates: GateOutcome): PromoteResult {
  const summary = `Dry run: ${gates.sentence} Nothing was changed.`;
  return {
    ...base(promotion, gates),
    status: 'dry-run',
    summary,
    championAfter: promotion.champion,
    approvedBy: null,
    grounds: grounds(gates),
    alias: null,
  };
}

function base(
  promotion: PromotionPlan,
  gates: GateOutcome | null,
): Pick<PromoteResult, 'promotionId' | 'challenger' | 'championBefore' | 'gates'> {
  return {
    promotionId: promotion.promotionId,
    challenger: promotion.challenger,
    championBefore: promotion.champion,
    gates,
  };
}

function summarise(promotion: PromotionPlan, outcome: string, why: readonly string[]): string {
  const before = promotion.champion === null ? 'the baseline' : `version ${promotion.champion.version}`;
  return outcome === 'promoted'
    ? `Version ${promotion.challenger.version} is champion of ${promotion.pipeline}, after ${before}.`
    : `Version ${promotion.challenger.version} was ${outcome}: ${why.join('; ')}. ${before[0]?.toUpperCase()}${before.slice(1)} stays.`;
}

/** Only enforced checks decide. */
function grounds(gates: GateOutcome): readonly string[] {
  return gates.checks
    .filter(({ mode = 'enforce', verdict }) => mode === 'enforce' && verdict !== 'pass')
    .map((check) => `${check.name}: ${check.why}`);
}

function stampOf(story: Story): Stamp {
  return stampNow(story.run, story.promotion.actor);
}

import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { ApprovalStanding } from '../../domain/promotion/asked-people.js';
import type { GateOutcome, PromoteResult } from '../api.js';
import { renderGates } from './gate-card.js';
import { minute, pasteable, runLink, short } from './text.js';

/** What a person needs who has to decide: the verdict, the numbers, who is asked, what to paste, and how to undo it. */
export function renderApprovalRequest(
  promotion: PromotionPlan,
  gates: GateOutcome,
  { deadlineAt, standing }: { readonly deadlineAt: string; readonly standing: ApprovalStanding },
): string {
  const digest = short(gates.reportDigest);
  const decision = { reportDigest: digest, by: 'your name', reason: 'why' };
  return [
    renderGates(gates, promotion.champion === null ? 'baseline' : 'champion'),
    '### Your decision',
    ...renderStanding(standing),
    `*More Actions → Send a Signal*: choose \`approve\` or \`reject\`, paste this and put in your name and why.`,
    pasteable(decision),
    `Until ${minute(deadlineAt)}; silence changes nothing. \`abort\` ends the promotion and needs no digest:`,
    pasteable({ by: decision.by, reason: decision.reason }),
    `At a terminal: \`gauntlet approve ${promotion.pipeline} --report ${digest} --by "your name" --reason "why"\``,
    `To undo it later: \`gauntlet rollback ${promotion.pipeline} --reason "why"\` restores the champion and replaces what was published.`,
  ].join('\n\n');
}

/** Who has approved, how many are missing and whose turn it is; nothing where one approval by anybody is enough. */
function renderStanding({ quorum, approvedBy, asked, barred }: ApprovalStanding): readonly string[] {
  const missing = Math.max(0, quorum - approvedBy.length);
  const count = quorum === 1 ? [] : [`**${String(approvedBy.length)} of ${String(quorum)} approvals.**`];
  const known = approvedBy.length === 0 ? [] : [`Approved by ${oneLine(approvedBy)}.`];
  const turn =
    asked === null ? [] : [`${String(missing)} more of: ${asked.length === 0 ? 'nobody is left' : oneLine(asked)}.`];
  const notThey = barred.length === 0 ? [] : [`Not by ${oneLine(barred)}, who asked for it or trained the version.`];
  const line = [...count, ...known, ...turn, ...notThey].join(' ');
  return line === '' ? [] : [line];
}

/** Names come from people: they must not forge lines of the card. */
function oneLine(names: readonly string[]): string {
  return names.join(', ').replaceAll(/\s+/g, ' ').slice(0, 500);
}

/** How it came out; `namespace` is that of the run, for links to others. */
export function renderPromoteResult(result: PromoteResult, namespace: string): string {
  const gates =
    result.gates === null ? [] : [renderGates(result.gates, result.championBefore === null ? 'baseline' : 'champion')];
  const approval =
    result.approvedBy === null
      ? []
      : [`Approved by ${result.approvedBy.replaceAll(/\s+/g, ' ')}. ${result.alias ?? ''}`];
  const grounds = result.grounds.map((ground) => `- ${ground}`);
  const undone = result.rollback === undefined ? [] : [renderRollback(result.rollback, namespace)];
  return [`**${result.summary}**`, ...grounds, ...undone, ...approval, ...gates].join('\n\n');
}

function renderRollback(
  { workflowId, correctionFile }: NonNullable<PromoteResult['rollback']>,
  namespace: string,
): string {
  const rows = correctionFile === null ? 'no row changed' : `the rows that changed: \`${correctionFile}\``;
  return `Rolled back by ${runLink(namespace, workflowId)}; ${rows}.`;
}

import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { GateOutcome, PromoteResult } from '../api.js';
import { renderGates } from './gate-card.js';
import { minute, pasteable, short } from './text.js';

/** What a person needs who has to decide: the verdict, the numbers, what to paste, and how to undo it. */
export function renderApprovalRequest(promotion: PromotionPlan, gates: GateOutcome, deadlineAt: string): string {
  const digest = short(gates.reportDigest);
  const decision = { reportDigest: digest, by: 'your name', reason: 'why' };
  return [
    renderGates(gates, promotion.champion === null ? 'baseline' : 'champion'),
    '### Your decision',
    `*More Actions → Send a Signal*: choose \`approve\` or \`reject\`, paste this and put in your name and why.`,
    pasteable(decision),
    `Until ${minute(deadlineAt)}; silence changes nothing. \`abort\` ends the promotion and needs no digest:`,
    pasteable({ by: decision.by, reason: decision.reason }),
    `At a terminal: \`gauntlet approve ${promotion.pipeline} --report ${digest} --by "your name" --reason "why"\``,
    `To undo it later: \`gauntlet rollback ${promotion.pipeline} --reason "why"\` restores the champion and replaces what was published.`,
  ].join('\n\n');
}

export function renderPromoteResult(result: PromoteResult): string {
  const gates =
    result.gates === null ? [] : [renderGates(result.gates, result.championBefore === null ? 'baseline' : 'champion')];
  const approval =
    result.approvedBy === null
      ? []
      : [`Approved by ${result.approvedBy.replaceAll(/\s+/g, ' ')}. ${result.alias ?? ''}`];
  return [`**${result.summary}**`, ...result.grounds.map((ground) => `- ${ground}`), ...approval, ...gates].join(
    '\n\n',
  );
}

import type { PromotionPlan } from '../../activities/promotion.js';
import type { GateOutcome, PromoteResult } from '../api.js';
import { renderGates } from './gate-card.js';
import { short } from './text.js';

/** What a person needs who has to decide: the verdict, the numbers, what to paste, and how to undo it. */
export function renderApprovalRequest(promotion: PromotionPlan, gates: GateOutcome, deadlineAt: string): string {
  const digest = short(gates.reportDigest);
  const json = (decision: object): string => `\`${JSON.stringify(decision)}\``;
  return [
    renderGates(gates),
    '### Your decision',
    `*More Actions → Send a Signal*, until ${deadlineAt}. Silence changes nothing.`,
    [
      `- \`approve\` ${json({ reportDigest: digest, by: 'your name', reason: 'why' })}`,
      `- \`reject\` ${json({ reportDigest: digest, by: 'your name', reason: 'why' })}`,
      `- \`abort\` ${json({ by: 'your name', reason: 'why' })}`,
    ].join('\n'),
    `At a terminal: \`gauntlet approve ${promotion.pipeline} --report ${digest} --by "your name" --reason "why"\``,
    `To undo it later: \`gauntlet rollback ${promotion.pipeline} --reason "why"\` restores the champion and replaces what was published.`,
  ].join('\n\n');
}

export function renderPromoteResult(result: PromoteResult): string {
  const gates = result.gates === null ? [] : [renderGates(result.gates)];
  return [`**${result.summary}**`, ...result.grounds.map((ground) => `- ${ground}`), ...gates].join('\n\n');
}

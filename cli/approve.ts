import type { Command } from 'commander';
import { registerDecision } from './decision-verb.js';

export function registerApprove(program: Command): void {
  registerDecision(program, 'approve', {
    description: 'Approve a waiting promotion: the challenger becomes champion',
    examples: [
      'gauntlet approve flights --report 3f9c2a17 --by Ada --reason "better where it matters"',
      'gauntlet approve flights --report 3f9c2a17 --key ada.approval-key.pem --reason "better where it matters"',
    ],
    results:
      'an approval that counts is 0, also when others have to follow; one that does not (another report, too late, your own version), or no open promotion, is 3.',
  });
}

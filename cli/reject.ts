import type { Command } from 'commander';
import { registerDecision } from './decision-verb.js';

export function registerReject(program: Command): void {
  registerDecision(program, 'reject', {
    description: 'Turn a waiting challenger down: the champion stays',
    examples: ['gauntlet reject flights --report 3f9c2a17 --by Ada --reason "worse on short routes"'],
    results: 'a rejection that counts is 0; one that does not, or no open promotion, is 3.',
  });
}

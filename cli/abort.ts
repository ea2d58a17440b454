import type { Command } from 'commander';
import { registerDecision } from './decision-verb.js';

export function registerAbort(program: Command): void {
  registerDecision(program, 'abort', {
    description: 'Stop an open promotion before the champion changes',
    examples: ['gauntlet abort flights --by Ada --reason "the source is being corrected"'],
    results: 'an abort that counts is 0; one that came too late, or no open promotion, is 3.',
  });
}

import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

export function registerScore(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'score <pipeline>',
    description: 'Score one window with the champion and publish it',
    examples: ['gauntlet score flights', 'gauntlet score flights --window 2001-03-05 --reason "source was corrected"'],
    results: 'published is 0; held by validation or the audit, superseded or revoked is 3.',
  });
  addStartOptions(verb)
    .option('--window <start>', 'start of the window, a date or an instant (default: the next due one)')
    .action((pipeline: string, options: StartOptions & { readonly window?: string }) =>
      runCommand(options, (context) =>
        runWorkflow(context, { type: 'score', input: { pipeline, window: options.window }, options }),
      ),
    );
}

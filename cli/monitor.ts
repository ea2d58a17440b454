import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface MonitorOptions extends StartOptions {
  readonly window?: string;
  readonly asOf?: string;
}

export function registerMonitor(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'monitor <pipeline>',
    description: 'Judge published windows whose labels are known: performance and drift',
    examples: ['gauntlet monitor flights', 'gauntlet monitor flights --window 2001-03-05 --json'],
    results: 'a failed verdict is 3; pass, inconclusive and nothing to judge are 0.',
  });
  addStartOptions(verb)
    .option('--window <start>', 'judge this window again (default: every one that is due)')
    .option('--as-of <instant>', 'data clock: look at nothing known later')
    .action((pipeline: string, options: MonitorOptions) =>
      runCommand(options, (context) => {
        const { window, asOf } = options;
        return runWorkflow(context, { type: 'monitor', input: { pipeline, window, asOf }, options });
      }),
    );
}

import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface BacktestOptions extends StartOptions {
  readonly challenger?: string;
  readonly against?: string;
  readonly asOf?: string;
}

export function registerBacktest(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'backtest <pipeline>',
    description: 'Compare a version with the champion, or the baseline, on past folds; changes nothing',
    examples: ['gauntlet backtest flights', 'gauntlet backtest flights --challenger 3 --against baseline --json'],
    results: 'gates that pass are 0; fail and inconclusive are 3.',
  });
  addStartOptions(verb)
    .option('--challenger <version>', 'registry version (default: the newest)')
    .option('--against <version>', 'registry version or "baseline" (default: the champion, else the baseline)')
    .option('--as-of <instant>', 'data clock: look at nothing known later')
    .action((pipeline: string, options: BacktestOptions) =>
      runCommand(options, (context) => {
        const { challenger, against, asOf } = options;
        return runWorkflow(context, { type: 'backtest', input: { pipeline, challenger, against, asOf }, options });
      }),
    );
}

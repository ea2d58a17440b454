import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { parseCount } from './option-values.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface BacktestOptions extends StartOptions {
  readonly challenger?: string;
  readonly against?: string;
  readonly asOf?: string;
  readonly refit?: boolean;
  readonly folds?: string;
}

export function registerBacktest(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'backtest <pipeline>',
    description: 'Compare a version with the champion, or the baseline, on past folds; changes nothing',
    examples: [
      'gauntlet backtest flights',
      'gauntlet backtest flights --challenger 3 --against baseline --json',
      'gauntlet backtest flights --refit --folds 6',
    ],
    results: 'gates that pass are 0; fail and inconclusive are 3.',
  });
  addStartOptions(verb)
    .option('--challenger <version>', 'registry version (default: the newest)')
    .option('--against <version>', 'registry version or "baseline" (default: the champion, else the baseline)')
    .option('--as-of <instant>', 'data clock: look at nothing known later')
    .option('--refit', 'train both sides anew for each fold, on what was known before it')
    .option('--folds <count>', 'with --refit: how many, as far as the data reaches back (default: of the policy)')
    .action((pipeline: string, options: BacktestOptions) =>
      runCommand(options, (context) => {
        const { challenger, against, asOf, refit } = options;
        const folds = options.folds === undefined ? undefined : parseCount('--folds', options.folds);
        const input = { pipeline, challenger, against, asOf, refit, folds };
        return runWorkflow(context, { type: 'backtest', input, options });
      }),
    );
}

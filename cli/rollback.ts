import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface RollbackOptions extends StartOptions {
  readonly to?: string;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
}

export function registerRollback(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'rollback <pipeline>',
    description: 'Restore the previous champion and replace what the bad version published',
    examples: ['gauntlet rollback flights --plan', 'gauntlet rollback flights --reason "late share doubled in ORD"'],
    results: 'no champion to restore, or one that cannot be loaded and verified, is 3 and changes nothing.',
  });
  addStartOptions(verb)
    .option('--to <version>', 'registry version to restore (default: the previous champion)')
    .option('--plan', 'what the bad version serves, and how many decisions change; changes nothing')
    .option('--dry-run', 'the same as --plan')
    .action((pipeline: string, options: RollbackOptions) =>
      runCommand(options, (context) => {
        const { to, plan, dryRun } = options;
        const look = plan === true || dryRun === true ? true : undefined;
        return runWorkflow(context, { type: 'rollback', input: { pipeline, to, dryRun: look }, options });
      }),
    );
}

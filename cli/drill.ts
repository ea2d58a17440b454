import type { Command } from 'commander';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface DrillOptions extends StartOptions {
  readonly to?: string;
}

/** A rehearsal is the workflow `rollback` with `"drill":true`, so that a schedule can start it too. */
export function registerDrill(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'drill <pipeline>',
    description: 'Rehearse a rollback in a place of its own, and record how long it would take',
    examples: ['gauntlet drill flights', 'gauntlet drill flights --to 1 --json'],
    results: 'a drill that fails, or whose target cannot be verified, is 3; nothing that is served changes either way.',
  });
  addStartOptions(verb)
    .option('--to <version>', 'registry version to return to (default: the previous champion)')
    .action((pipeline: string, options: DrillOptions) =>
      runCommand(options, (context) =>
        runWorkflow(context, {
          type: 'rollback',
          verb: 'drill',
          input: { pipeline, to: options.to, drill: true },
          options,
        }),
      ),
    );
}

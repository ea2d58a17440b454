import type { Command } from 'commander';
import { PermanentFailure } from '../domain/failure-types.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { addStartOptions, runWorkflow, type StartOptions } from './run-workflow.js';

interface RetrainOptions extends StartOptions {
  readonly asOf?: string;
  readonly param: readonly string[];
  readonly trainingWindow?: string;
  readonly promote?: boolean;
}

export function registerRetrain(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'retrain <pipeline>',
    description: 'Train and register a challenger; a promotion follows where there is a champion',
    examples: [
      'gauntlet retrain flights',
      'gauntlet retrain flights --as-of 2001-03-12 --param trees=200 --no-promote',
    ],
    results: 'trained, unchanged, or not worth it are all 0.',
  });
  addStartOptions(verb)
    .option('--as-of <instant>', 'data clock: look at nothing known later')
    .option('--param <name=value>', 'override one training parameter; may be repeated', collect, [])
    .option('--training-window <duration>', 'override the length of the training window, such as "14 days"')
    .option('--promote', 'start a promotion afterwards, also for the first version')
    .option('--no-promote', 'register only')
    .action((pipeline: string, options: RetrainOptions) =>
      runCommand(options, (context) => {
        const { asOf, trainingWindow, promote } = options;
        const params = options.param.length === 0 ? undefined : parseParams(options.param);
        const input = { pipeline, asOf, trainingWindow, promote, params };
        return runWorkflow(context, { type: 'retrain', input, options });
      }),
    );
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

/** `trees=200` is a number, `name=abc` a text: a value is read as JSON where it is JSON. Throws INVALID_INPUT. */
export function parseParams(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const bad = pairs.filter((pair) => !/^[^=]+=/.test(pair));
  if (bad.length > 0) {
    throw new PermanentFailure('INVALID_INPUT', 'Training parameters are given as name=value.', {
      problems: bad.map((pair) => ({ field: '--param', found: JSON.stringify(pair), expected: 'name=value' })),
      example: '--param trees=200',
    });
  }
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), readValue(pair.slice(at + 1))];
    }),
  );
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

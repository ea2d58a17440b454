import { CommandFailure, toCommandError } from './command-error.js';
import { shortInstant } from './workflow-starts.js';

/** A command that starts a workflow, as it was asked for. */
export interface AskedCommand {
  /** As it was typed: most are called like the workflow they start. */
  readonly verb: string;
  readonly pipeline: string;
}

/** Fields of inputs whose options have another name. */
const optionNames: Readonly<Record<string, string>> = { plan: '--apply', planOnly: '--plan' };

/** An input as the UI wants it, after the verb it is for where that is another one, and before what it does. */
const INPUT = /(?:\b(retrain|promote|backtest|score|monitor|rollback) with )?(\{"pipeline":.*\})(.*)$/;

/**
 * The failure as a terminal shows it: workflows answer with an input for the UI's form, and whoever typed a command
 * wants one to type, with their own pipeline.
 */
export function asCommandFailure(error: unknown, asked: AskedCommand): CommandFailure {
  const { type, exitCode, message, problems, example } = toCommandError(error);
  // The example for a name that nobody knows has one that is known.
  const pipeline = type === 'UNKNOWN_PIPELINE' ? '' : asked.pipeline;
  const shown = example === null ? {} : { example: commandExample(example, { ...asked, pipeline }) };
  const named = problems.map((problem) => ({ ...problem, field: optionNames[problem.field] ?? problem.field }));
  return new CommandFailure(type, exitCode, message, { problems: named, ...shown, cause: error });
}

/** `{"pipeline":"flights","window":"2001-03-05"} …` as `gauntlet score orders --window 2001-03-05  # …`. */
export function commandExample(example: string, asked: AskedCommand): string {
  const [all, verb = asked.verb, json = '', rest = ''] = INPUT.exec(example) ?? [];
  const input = readInput(json);
  if (all === undefined || input === null) return example;
  const { pipeline, ...fields } = input;
  const name = /^[a-z][a-z0-9-]*$/.test(asked.pipeline) ? asked.pipeline : String(pipeline);
  const words = ['gauntlet', verb, name, ...Object.entries(fields).flatMap(optionOf)];
  const note = rest.trim();
  return example.replace(all, () => words.join(' ') + (note === '' ? '' : `  # ${note}`));
}

function readInput(json: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function optionOf([name, value]: readonly [string, unknown]): readonly string[] {
  const option = optionNames[name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === true) return [option];
  const text = typeof value === 'string' ? shortInstant(value) : JSON.stringify(value);
  return [option, /^[\w.:-]+$/.test(text) ? text : JSON.stringify(text)];
}

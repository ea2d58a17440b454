import type { Command } from 'commander';
import { exitCodesHelp } from './exit-codes.js';

/** A verb as its help shows it. */
export interface VerbHelp {
  /** Name and arguments, such as `score <pipeline>`. */
  readonly usage: string;
  readonly description: string;
  readonly examples: readonly string[];
  /** What the verb's own results mean as exit codes, where that needs saying. */
  readonly results?: string;
}

/** Adds a verb with `--json`, examples and exit codes in its help. The caller adds options and an action. */
export function defineVerb(program: Command, help: VerbHelp): Command {
  const examples = ['', 'Examples:', ...help.examples.map((example) => `  $ ${example}`)];
  const results = help.results === undefined ? [] : ['', `Results: ${help.results}`];
  return program
    .command(help.usage)
    .description(help.description)
    .option('--json', 'one JSON object on stdout, everything else on stderr')
    .addHelpText('after', [...examples, ...results, '', exitCodesHelp].join('\n'));
}

import type { Command } from 'commander';
import type { ParsedDecision } from '../domain/promotion/decision-message.js';
import { runCommand } from './command-context.js';
import type { DecisionOptions } from './compose-decision.js';
import { decidePromotion } from './decide-promotion.js';
import { defineVerb, type VerbHelp } from './define-verb.js';

/** What `approve`, `reject` and `abort` share. */
export function registerDecision(
  program: Command,
  decision: ParsedDecision['decision'],
  help: Pick<VerbHelp, 'description' | 'examples' | 'results'>,
): void {
  const digest = decision === 'abort' ? 'not needed' : 'required: a decision names the evidence it saw';
  defineVerb(program, { usage: `${decision} <pipeline>`, ...help })
    .option('--report <digest>', `digest of the gate report or at least its first 8 characters; ${digest}`)
    .option('--key <file>', 'sign it with this private key, which `gauntlet keygen` made')
    .option('--by <name>', 'who decides (default: the approver whose key it is, or your user name)')
    .option('--reason <text>', `why, for the ledger${decision === 'abort' ? '' : '; required'}`)
    .option('--workflow <id>', 'id of the promotion’s run (default: the one that owns the open promotion)')
    .option('--wait', 'stay until the promotion has ended (default: at most a minute)')
    .action((pipeline: string, options: DecisionOptions) =>
      runCommand(options, (context) => decidePromotion(context, decision, pipeline, options)),
    );
}

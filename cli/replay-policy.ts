import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { Services } from '../workers/services.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { replayDecisions, type ReplayedDecision, type ReplayedPolicy } from './replayed-decisions.js';
import { formatInstant, renderTable, shortDigest } from './text-table.js';

interface ReplayOptions {
  readonly json?: boolean;
  readonly policy?: string;
}

export function registerReplayPolicy(program: Command): void {
  defineVerb(program, {
    usage: 'replay-policy <pipeline>',
    description: 'Judges every report of the ledger by the gates of today: which past decisions would flip, and why',
    examples: [
      'gauntlet replay-policy flights',
      'gauntlet replay-policy flights --policy pipelines/flights/stricter.ts',
      'gauntlet replay-policy flights --json',
    ],
    results: 'decisions that would flip are 3; changes nothing either way',
  })
    .option('--policy <file>', 'take the gates from this definition file (default: the definition of the pipeline)')
    .action((pipeline: string, options: ReplayOptions) =>
      runCommand(options, async (context) => {
        const services = await context.services();
        const policy = await loadPolicy(services, pipeline, options.policy);
        const ledger = await readLedger(services.store, pipeline);
        const decisions = await replayDecisions(services.store, ledger, policy);
        const flips = decisions.filter(({ flip }) => flip !== null).length;
        return {
          exitCode: flips === 0 ? exitCodes.done : exitCodes.no,
          text: renderReplay(pipeline, decisions),
          json: { pipeline, policy: options.policy ?? null, flips, decisions },
        };
      }),
    );
}

async function loadPolicy(services: Services, pipeline: string, file?: string): Promise<ReplayedPolicy> {
  if (file === undefined) return (await services.definitions.load(pipeline)).definition;
  const { readPolicyFile } = await import('../adapters/definitions/file-definitions.js');
  return readPolicyFile(file);
}

function renderReplay(pipeline: string, decisions: readonly ReplayedDecision[]): string {
  if (decisions.length === 0) return `No gates of ${pipeline} have been recorded yet.`;
  const flips = decisions.filter(({ flip }) => flip !== null).length;
  const open = decisions.filter(({ replayed }) => replayed.status === 'not-judgeable').length;
  const unknown = open === 0 ? '' : `; ${String(open)} cannot be judged`;
  const headline = `${String(flips)} of ${String(decisions.length)} decisions of ${pipeline} would flip${unknown}.`;
  const rows = decisions.map((decision) => [
    String(decision.recordNumber),
    formatInstant(decision.at),
    `v${decision.version}`,
    `${decision.verdict}, ${decision.outcome}`,
    nowOf(decision),
    shortDigest(decision.reportDigest),
    reasonsOf(decision),
  ]);
  return `${headline}\n\n${renderTable(['record', 'measured', 'version', 'then', 'now', 'report', 'why'], rows)}${sayUnreplayed(decisions)}`;
}

/** A policy that also measures otherwise would have made other reports: that is said, not guessed at. */
function sayUnreplayed(decisions: readonly ReplayedDecision[]): string {
  const settings = [...new Set(decisions.flatMap(({ unreplayed }) => unreplayed))];
  if (settings.length === 0) return '';
  return `\n\nOnly gates were replayed. The policy measures otherwise than reports were made: ${settings.join(', ')}. A backtest measures by it.`;
}

function nowOf({ flip, replayed }: ReplayedDecision): string {
  if (replayed.status === 'not-judgeable') return 'not judgeable';
  if (flip === null) return 'the same';
  return flip === 'would-be-refused' ? 'WOULD BE REFUSED' : 'A PERSON WOULD BE ASKED';
}

function reasonsOf({ flip, replayed }: ReplayedDecision): string {
  if (replayed.status === 'not-judgeable') return replayed.why.join('; ');
  return flip === 'would-be-asked' ? 'every enforced gate passes' : replayed.grounds.join('; ');
}

import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { GateSpec } from '../domain/pipeline-definition.js';
import type { Services } from '../workers/services.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { replayDecisions, type ReplayedDecision } from './replayed-decisions.js';
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
        const gates = await loadGates(services, pipeline, options.policy);
        const ledger = await readLedger(services.store, pipeline);
        const decisions = await replayDecisions(services.store, ledger, gates);
        const flips = decisions.filter(({ flip }) => flip !== null).length;
        return {
          exitCode: flips === 0 ? exitCodes.done : exitCodes.no,
          text: renderReplay(pipeline, decisions),
          json: { pipeline, policy: options.policy ?? null, flips, decisions },
        };
      }),
    );
}

async function loadGates(services: Services, pipeline: string, file?: string): Promise<readonly GateSpec[]> {
  if (file === undefined) return (await services.definitions.load(pipeline)).definition.gates;
  const { readPolicyFile } = await import('../adapters/definitions/file-definitions.js');
  return (await readPolicyFile(file)).gates;
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
  return `${headline}\n\n${renderTable(['record', 'measured', 'version', 'then', 'now', 'report', 'why'], rows)}`;
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

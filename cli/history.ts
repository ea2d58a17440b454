import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { Ledger } from '../activities/ledger/read-ledger.js';
import {
  findChampionOn,
  listChampionChanges,
  listDecisions,
  modelNames,
  renderChampionChanges,
  renderChampionOn,
  renderRecords,
} from './champion-history.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { parseInstant } from './option-values.js';

export function registerHistory(program: Command): void {
  defineVerb(program, {
    usage: 'history <pipeline>',
    description: 'Who was champion, when, on what evidence, approved by whom; every decision with its reason',
    examples: [
      'gauntlet history flights',
      'gauntlet history flights --at 2026-03-05',
      'gauntlet history flights --all --json',
    ],
  })
    .option('--at <date>', 'who was champion on this date or at this instant (UTC, the time of the decision)')
    .option('--all', 'every ledger record, one line each')
    .action((pipeline: string, options: { json?: boolean; at?: string; all?: boolean }) =>
      runCommand(options, async (context) => {
        const at = options.at === undefined ? undefined : parseInstant('--at', options.at);
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const ledger = await readLedger(services.store, pipeline);
        if (at !== undefined) return tellChampionOn(pipeline, ledger, at);
        return options.all === true ? tellEverything(pipeline, ledger) : tellDecisions(pipeline, ledger);
      }),
    );
}

function tellChampionOn(pipeline: string, { records, state }: Ledger, at: string): CommandOutcome {
  const found = findChampionOn(at, listChampionChanges(records, state), state);
  const hint = `What was served for a window: gauntlet predictions ${pipeline} --window <date>`;
  const text = `${renderChampionOn(found)}\n${hint}`;
  return { exitCode: exitCodes.done, text, json: { pipeline, ...found } };
}

function tellEverything(pipeline: string, { records, state }: Ledger): CommandOutcome {
  const text = records.length === 0 ? `The ledger of ${pipeline} is empty.` : renderRecords(records, modelNames(state));
  return { exitCode: exitCodes.done, text, json: { pipeline, records: records.map(flatten) } };
}

function tellDecisions(pipeline: string, { records, state }: Ledger): CommandOutcome {
  const changes = listChampionChanges(records, state);
  const decisions = listDecisions(records);
  const text = [
    `Champions of ${pipeline}\n${renderChampionChanges(changes)}`,
    ...(decisions.length === 0 ? [] : [`Decisions\n${renderRecords(decisions, modelNames(state))}`]),
  ].join('\n\n');
  return { exitCode: exitCodes.done, text, json: { pipeline, champions: changes, decisions: decisions.map(flatten) } };
}

/** A record with its own hash, so that a script can follow the chain. */
function flatten({ record, hash }: Ledger['records'][number]): object {
  return { ...record, hash };
}

import type { Command } from 'commander';
import { ledgerFolder } from '../contracts/ledger-record.js';
import type { Settings } from '../workers/settings.js';
import type { Services } from '../workers/services.js';
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
import { composeLedgerSql } from './ledger-sql.js';
import { duckdbSecret } from './query-access.js';
import { findRolloutEnd } from './rollout-end.js';
import { findServedOn, renderServedOn } from './served-on.js';

interface HistoryOptions {
  readonly json?: boolean;
  readonly at?: string;
  readonly on?: string;
  readonly all?: boolean;
  readonly sql?: boolean;
}

export function registerHistory(program: Command): void {
  defineVerb(program, {
    usage: 'history <pipeline>',
    description: 'Who was champion, when, on what evidence, approved by whom; every decision with its reason',
    examples: [
      'gauntlet history flights',
      'gauntlet history flights --at 2026-03-05',
      'gauntlet history flights --on 2001-04-15',
      'gauntlet history flights --all --json',
    ],
  })
    .option('--at <date>', 'who was champion on this date or at this instant (UTC, the time of the decision)')
    .option('--on <date>', 'which version served this date of the data (UTC), why, and what served it before')
    .option('--sql', 'SQL for DuckDB: a view over the ledger, and queries to begin with')
    .option('--all', 'every ledger record, one line each')
    .action((pipeline: string, options: HistoryOptions) =>
      runCommand(options, async (context) => {
        const at = options.at === undefined ? undefined : parseInstant('--at', options.at);
        const on = options.on === undefined ? undefined : parseInstant('--on', options.on);
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        if (options.sql === true) return tellSql(services, context.settings, pipeline);
        const ledger = await readLedger(services.store, pipeline);
        if (on !== undefined) return tellServedOn(services, pipeline, ledger, on);
        if (at !== undefined) return tellChampionOn(pipeline, ledger, at);
        return options.all === true ? tellEverything(pipeline, ledger) : tellDecisions(pipeline, ledger);
      }),
    );
}

async function tellServedOn(
  { table }: Pick<Services, 'table'>,
  pipeline: string,
  { records, state }: Ledger,
  on: string,
): Promise<CommandOutcome> {
  const commits = await table.history(pipeline, 'predictions');
  const changes = listChampionChanges(records, state);
  const endOf = (identity: string) => findRolloutEnd(state, identity);
  const windows = findServedOn(on, { commits, changes, nameOf: modelNames(state), endOf });
  const json = { pipeline, on: new Date(on).toISOString(), windows };
  return { exitCode: exitCodes.done, text: renderServedOn(pipeline, on, windows), json };
}

function tellSql({ store }: Services, { storeLocation, s3 }: Settings, pipeline: string): CommandOutcome {
  const { view, queries } = composeLedgerSql(store.locate(ledgerFolder(pipeline)));
  const secret = duckdbSecret(storeLocation.startsWith('s3://') ? s3 : null);
  const text = [...(secret === null ? [] : [secret]), view, ...queries].join('\n\n');
  return { exitCode: exitCodes.done, text, json: { pipeline, secret, view, queries } };
}

function tellChampionOn(pipeline: string, { records, state }: Ledger, at: string): CommandOutcome {
  const found = findChampionOn(at, listChampionChanges(records, state), state);
  const hint = `Which version served a date of the data, and why: gauntlet history ${pipeline} --on <date>`;
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

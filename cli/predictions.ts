import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { assertReadable } from '../activities/retention/collected-files.js';
import { windowPartition } from '../activities/window-partition.js';
import type { S3Connection } from '../adapters/s3/s3-client.js';
import type { Services } from '../workers/services.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { invalidOption, parseCount, parseInstant } from './option-values.js';
import { composeServed, renderServed, type ServedPredictions } from './prediction-versions.js';
import { loadQuarantined, renderQuarantined } from './quarantined.js';
import { renderInputs, writeInputs } from './write-inputs.js';

interface PredictionsOptions {
  readonly json?: boolean;
  readonly window?: string;
  readonly version?: string;
  readonly inputs?: string;
  readonly limit: string;
}

export function registerPredictions(program: Command): void {
  defineVerb(program, {
    usage: 'predictions <pipeline>',
    description: 'What is served: versions and live files of the Delta table, and queries ready to paste',
    examples: [
      'gauntlet predictions flights',
      'gauntlet predictions flights --window 2001-03-05',
      'gauntlet predictions flights --version 3 --json',
      'gauntlet predictions flights --window 2001-03-05 --inputs inputs.parquet',
    ],
  })
    .option('--window <date>', 'only this window, by its start')
    .option('--version <n>', 'as it was served at this version of the table')
    .option('--inputs <file>', 'write the encoded inputs of the publication (default: the newest window) as Parquet')
    .option('--limit <n>', 'versions and files to list', '10')
    .action((pipeline: string, options: PredictionsOptions) =>
      runCommand(options, async (context) => {
        const limit = parseCount('--limit', options.limit);
        const scope = { window: parseWindow(options.window), version: parseVersion(options.version) };
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const { storeLocation, s3 } = context.settings;
        const connection = storeLocation.startsWith('s3://') ? s3 : null;
        const served = await loadServed(services, pipeline, { ...scope, connection });
        if (options.inputs === undefined) {
          const quarantined = await loadQuarantined(services, served, limit);
          const text = [renderServed(served, limit), ...renderQuarantined(quarantined)].join('\n\n');
          return { exitCode: exitCodes.done, text, json: { ...served, quarantined } };
        }
        const { state } = await readLedger(services.store, pipeline);
        const written = await writeInputs(services, served, state, options.inputs);
        return { exitCode: exitCodes.done, text: renderInputs(written), json: written };
      }),
    );
}

/** What the table serves, at its newest version or the one asked for. */
export async function loadServed(
  { store, table }: Pick<Services, 'store' | 'table'>,
  pipeline: string,
  scope: {
    readonly window: string | null;
    readonly version: number | undefined;
    readonly connection: S3Connection | null;
  },
): Promise<ServedPredictions> {
  const { state } = await readLedger(store, pipeline);
  const folder = table.folder(pipeline, 'predictions');
  const shown = await table.load(pipeline, 'predictions', scope.version);
  const files = shown.files.filter(({ window }) => scope.window === null || window === scope.window);
  await assertReadable(store, pipeline, { number: shown.version, folder, files });
  return composeServed({
    pipeline,
    folder: store.locate(folder),
    table: shown,
    commits: await table.history(pipeline, 'predictions'),
    window: scope.window,
    state,
    connection: scope.connection,
  });
}

/** As the table names it. */
function parseWindow(text: string | undefined): string | null {
  if (text === undefined) return null;
  const start = new Date(parseInstant('--window', text)).toISOString();
  return windowPartition({ start, end: start });
}

function parseVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidOption('--version', text, 'a version of the table, 0 or above', '--version 0');
}

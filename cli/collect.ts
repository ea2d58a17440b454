import type { Command } from 'commander';
import { collectStore, type CollectionProgress } from '../activities/retention/collect-store.js';
import { composeCollection, renderCollection } from './collection-text.js';
import { runCommand, type CommandContext } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { invalidOption, parseCount } from './option-values.js';
import { formatCount } from './text-table.js';

interface CollectOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly apply?: boolean;
  readonly by?: string;
  readonly reason?: string;
  readonly limit: string;
}

export function registerCollect(program: Command): void {
  defineVerb(program, {
    usage: 'collect <pipeline>',
    description: 'Takes out of the store what the retention rules say, and says so first; needs no server',
    examples: [
      'gauntlet collect flights',
      'gauntlet collect flights --apply --by Ada --reason "disk at 90 %"',
      'gauntlet collect flights --json',
    ],
  })
    .option('--dry-run', 'say what would go, remove nothing (the default)')
    .option('--apply', 'remove it; what was published or recorded is named in the ledger first')
    .option('--by <name>', 'who asks, for the ledger')
    .option('--reason <text>', 'why, for the ledger')
    .option('--limit <n>', 'files to list, the largest first', '10')
    .action((pipeline: string, options: CollectOptions) =>
      runCommand(options, async (context) => {
        const limit = parseCount('--limit', options.limit);
        if (options.apply === true && options.dryRun === true) {
          throw invalidOption('--dry-run', '--apply', 'one of the two', `gauntlet collect ${pipeline} --apply`);
        }
        const collection = await collect(context, pipeline, options);
        return {
          exitCode: exitCodes.done,
          text: renderCollection(collection, limit),
          json: composeCollection(collection),
        };
      }),
    );
}

/** The rules are those of the definition as it stands now. */
async function collect(context: CommandContext, pipeline: string, options: CollectOptions) {
  const { store, table, definitions } = await context.services();
  const { definition } = await definitions.load(pipeline);
  const now = new Date().toISOString();
  const collection = await collectStore(
    { store, staging: store, table },
    {
      pipeline,
      policy: definition.retention,
      now,
      apply: options.apply === true,
      stamp: { at: now, actor: { name: options.by ?? 'unnamed person', kind: 'person' }, workflow: null },
      reason: options.reason ?? 'collected by hand',
      onProgress: (progress) => {
        context.progress.draw(progressLine(pipeline, progress));
      },
    },
  );
  context.progress.draw('');
  return collection;
}

function progressLine(pipeline: string, { doing, done, of }: CollectionProgress): string {
  const total = of === null ? '' : ` of ${formatCount(of)}`;
  return `  ${pipeline}: ${doing} ${formatCount(done)}${total} files`;
}

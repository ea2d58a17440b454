import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { runCommand, type CommandOutcome } from './command-context.js';
import type { CommandSettings } from './dev-note.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { invalidOption } from './option-values.js';
import { emptyStateFolder, inspectStateFolder, type StateFolder } from './state-folder.js';

export function registerReset(program: Command): void {
  defineVerb(program, {
    usage: 'reset',
    description: 'Empties the state folder: store, server databases, logs. Asks first, and touches nothing else',
    examples: ['gauntlet reset', 'gauntlet reset --yes', 'GAUNTLET_STATE_DIR=/tmp/try gauntlet reset'],
    results: 'a "no" to the question is 3',
  })
    .option('--yes', 'do not ask')
    .action((options: { json?: boolean; yes?: boolean }) =>
      runCommand(options, async ({ settings }) => {
        const found = await inspectStateFolder(settings.stateDir);
        if (found.entries.length === 0) return outcome(found, 'empty', `${found.folder} is empty already.`);
        const agreed = options.yes === true || (await askPerson(found));
        if (!agreed) return { ...outcome(found, 'kept', 'Nothing was removed.'), exitCode: exitCodes.no };
        await emptyStateFolder(found);
        const removed = `Removed from ${found.folder}: ${found.entries.join(', ')}.`;
        return outcome(found, 'emptied', [removed, ...storeElsewhere(settings, found)].join('\n'));
      }),
    );
}

function outcome({ folder, entries }: StateFolder, status: 'empty' | 'kept' | 'emptied', text: string): CommandOutcome {
  return { exitCode: exitCodes.done, text, json: { status, folder, removed: status === 'emptied' ? entries : [] } };
}

/** The folder's name typed out: a habitual "y" does not remove a store. */
async function askPerson({ folder, entries }: StateFolder): Promise<boolean> {
  const name = path.basename(folder);
  if (!process.stdin.isTTY) {
    const expected = 'a terminal to ask at, or --yes';
    throw invalidOption('--yes', 'no terminal and no --yes', expected, 'gauntlet reset --yes');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `This removes ${entries.join(', ')} in ${folder} for ever.\nType ${name} to go on: `;
    return (await terminal.question(question)).trim() === name;
  } finally {
    terminal.close();
  }
}

function storeElsewhere({ storeLocation }: CommandSettings, { folder }: StateFolder): readonly string[] {
  const relative = path.relative(folder, storeLocation);
  const isLocal = path.isAbsolute(storeLocation);
  const isInside = isLocal && !relative.startsWith('..') && !path.isAbsolute(relative);
  return isInside ? [] : [`The store at ${storeLocation} lies outside the state folder and was left alone.`];
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { PermanentFailure } from '../domain/failure-types.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { CommandFailure } from './command-error.js';
import { defineVerb } from './define-verb.js';
import { renderLinks, startDetached } from './dev.js';
import { readCommandSettings, type CommandSettings } from './dev-note.js';
import { exitCodes } from './exit-codes.js';
import { emptyStateFolder, inspectStateFolder } from './state-folder.js';

/** Marks a state folder as a demo's own, which the next demo may empty. */
const markName = 'demo.json';

type Log = (line: string) => void;

export function registerDemo(program: Command): void {
  defineVerb(program, {
    usage: 'demo',
    description: "Play one model's whole life on real servers and 3,000,000 real flights.",
    examples: ['npm run demo', 'npm run demo -- --keep'],
  })
    .option('--keep', 'leave Temporal, MLflow and the worker running to explore')
    .action((options: { readonly json?: boolean; readonly keep?: boolean }) =>
      runCommand(options, ({ settings, progress }) =>
        playDemo(settings, options.keep === true, (line) => {
          progress.tell(line);
        }),
      ),
    );
}

async function playDemo(settings: CommandSettings, keep: boolean, log: Log): Promise<CommandOutcome> {
  const startedAt = Date.now();
  await clearEarlierDemo(settings, log);
  const interruption = untilInterrupted();
  const stop = await startStack(settings, keep, log);
  try {
    await Promise.race([tellOn(readCommandSettings(), log), interruption]);
  } catch (error) {
    if (keep) log('The story ended early; everything is left running: npx gauntlet dev --stop ends it.');
    throw error;
  } finally {
    await stop();
  }
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  const end = keep
    ? 'Everything is left running. Try `npx gauntlet status flights`; end it with `npx gauntlet dev --stop`.'
    : 'Everything that was started has been stopped. `npm run demo -- --keep` leaves it running to explore.';
  return {
    exitCode: exitCodes.done,
    text: `\n${end}\nThe demo took ${String(seconds)} s.`,
    json: { status: 'told', seconds, kept: keep },
  };
}

/** Rejects on Ctrl-C or SIGTERM, so that what was started is ended before the process is. */
function untilInterrupted(): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        reject(new CommandFailure('INTERRUPTED', exitCodes.interrupted, `The demo was ended by ${signal}.`));
      });
    }
  });
  interruption.catch(() => undefined);
  return interruption;
}

/** With `keep` the stack lives in a process of its own, so that it stays when this one ends. */
async function startStack(settings: CommandSettings, keep: boolean, log: Log): Promise<() => Promise<void>> {
  if (keep) {
    await startDetached(settings, log);
    return () => Promise.resolve();
  }
  log('starting Temporal, MLflow and a worker …');
  const { startDevStack } = await import('./dev-stack.js');
  const stack = await startDevStack({ stateDir: settings.stateDir, log });
  return () => stack.stop();
}

/** Imported when needed: other verbs pass through this file too, and have no use for engines and native libraries. */
async function tellOn(settings: CommandSettings, log: Log): Promise<void> {
  const [{ connectClient }, { openServices }, { tellStory }] = await Promise.all([
    import('../workers/connection.js'),
    import('../workers/services.js'),
    import('./demo-story.js'),
  ]);
  const client = await connectClient(settings);
  try {
    log(renderLinks(settings));
    await tellStory({ client, services: await openServices(settings), settings, log });
  } finally {
    await client.connection.close();
  }
}

/** Begins from nothing, but never at the cost of state that is not a demo's. */
async function clearEarlierDemo({ stateDir }: CommandSettings, log: Log): Promise<void> {
  const mark = path.join(stateDir, markName);
  const folder = await inspectStateFolder(stateDir);
  const isDemo = await readFile(mark).then(
    () => true,
    () => false,
  );
  const holdsStore = folder.entries.some((name) => name === 'store' || name.endsWith('.db'));
  if (holdsStore && !isDemo) {
    throw new PermanentFailure(
      'INVALID_INPUT',
      'The state folder holds state that is not a demo’s, so the demo leaves it alone.',
      {
        problems: [
          { field: 'GAUNTLET_STATE_DIR', found: stateDir, expected: 'an empty folder, or one of an earlier demo' },
        ],
        example: 'GAUNTLET_STATE_DIR=.gauntlet-demo npm run demo',
      },
    );
  }
  if (holdsStore) log(`Emptying ${stateDir}, which an earlier demo made.`);
  await emptyStateFolder(folder);
  await mkdir(stateDir, { recursive: true });
  await writeFile(mark, `${JSON.stringify({ note: 'made by the demo; the next demo empties this folder' })}\n`);
}

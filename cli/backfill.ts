import type { Command } from 'commander';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';
import type { Window } from '../domain/window.js';
import { scheduledTypes, type ScheduledType } from '../schedules/desired-schedule.js';
import { exitCodeOfRows, renderBackfill } from './backfill-rows.js';
import { runCommand, type CommandContext, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { followBackfill } from './follow-backfill.js';
import { whileInterruptible } from './interruption.js';
import { parseInstant } from './option-values.js';
import { startBackfill } from './start-backfill.js';

interface BackfillOptions {
  readonly json?: boolean;
  readonly from: string;
  readonly to: string;
  readonly schedule: string;
  readonly detach?: boolean;
}

export function registerBackfill(program: Command): void {
  defineVerb(program, {
    usage: 'backfill <pipeline>',
    description: 'Play a schedule over past dates: every nominal time from --from up to, not including, --to',
    examples: [
      'gauntlet backfill flights --from 2001-03-01 --to 2001-03-08',
      'gauntlet backfill flights --from 2001-03-01 --to 2001-03-08 --schedule monitor --json',
    ],
    results: 'the worst of all runs: 1 when one failed, 3 when one was held or failed its verdict.',
  })
    .requiredOption('--from <instant>', 'first nominal time, included')
    .requiredOption('--to <instant>', 'end of the range, excluded')
    .option('--schedule <name>', `which schedule: ${scheduledTypes.join(', ')}`, 'score')
    .option('--wait', 'follow every run to its result (the default)')
    .option('--detach', 'return when the server has the request')
    .action((pipeline: string, options: BackfillOptions) =>
      runCommand(options, (context) => backfill(context, pipeline, options)),
    );
}

async function backfill(context: CommandContext, pipeline: string, options: BackfillOptions): Promise<CommandOutcome> {
  const { type, range } = parseBackfill(options);
  const client = await context.temporal();
  const started = await startBackfill(client, { pipeline, type, range });
  const { scheduleId, runs } = started;
  const asked = `${String(runs.length)} runs of schedule ${scheduleId}, ${runs[0]?.nominalTime ?? ''} to ${runs.at(-1)?.nominalTime ?? ''}`;
  if (options.detach === true) {
    return { exitCode: exitCodes.done, text: `Asked for ${asked}.`, json: { scheduleId, status: 'running', runs } };
  }
  const { progress } = context;
  progress.tell(`Backfill: ${asked}`);
  const rows = await whileInterruptible((signal) => followBackfill(client, started, { progress, signal }));
  const isWhole = rows.length === runs.length;
  const note = isWhole ? '' : '\nStopped following. The remaining runs go on.';
  return {
    exitCode: isWhole ? exitCodeOfRows(rows) : exitCodes.interrupted,
    text: `${renderBackfill(rows)}${note}`,
    json: { scheduleId, status: isWhole ? 'completed' : 'running', results: rows },
  };
}

/** Throws INVALID_INPUT with every problem. */
export function parseBackfill(options: Pick<BackfillOptions, 'from' | 'to' | 'schedule'>): {
  readonly type: ScheduledType;
  readonly range: Window;
} {
  const start = new Date(parseInstant('--from', options.from)).toISOString();
  const end = new Date(parseInstant('--to', options.to)).toISOString();
  const type = scheduledTypes.find((name) => name === options.schedule);
  const problems: Problem[] = [];
  if (end <= start) problems.push({ field: '--to', found: options.to, expected: `an instant after ${options.from}` });
  if (type === undefined) {
    problems.push({ field: '--schedule', found: options.schedule, expected: `one of ${scheduledTypes.join(', ')}` });
  }
  if (problems.length === 0 && type !== undefined) return { type, range: { start, end } };
  throw new PermanentFailure('INVALID_INPUT', 'This backfill cannot be asked for.', { problems, example });
}

const example = 'gauntlet backfill flights --from 2001-03-01 --to 2001-03-08 --schedule score';

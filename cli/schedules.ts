import type { Command } from 'commander';
import { PermanentFailure } from '../domain/failure-types.js';
import { findSharedNames } from '../domain/registered-names.js';
import { applySchedules, findSchedules } from '../schedules/apply-schedules.js';
import { desiredSchedules, type DesiredSchedule } from '../schedules/desired-schedule.js';
import { listSchedules } from '../schedules/list-schedules.js';
import { hasDrift, planSchedules } from '../schedules/plan-schedules.js';
import { runCommand, type CommandContext, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { formatInstant, renderTable } from './text-table.js';

interface ApplyOptions {
  readonly json?: boolean;
  readonly check?: boolean;
  readonly prune?: boolean;
}

export function registerSchedules(program: Command): void {
  const group = program.command('schedules').description('Schedules as the definitions want them: apply, list');
  defineVerb(group, {
    usage: 'apply [pipeline]',
    description: 'Create and update schedules; safe to apply twice; a person’s pause stays',
    examples: ['gauntlet schedules apply', 'gauntlet schedules apply flights --check --json'],
    results: '--check is 3 when the server differs from the definitions.',
  })
    .option('--check', 'say what would change, change nothing')
    .option('--prune', 'delete schedules of ours that no definition wants any more')
    .action((pipeline: string | undefined, options: ApplyOptions) =>
      runCommand(options, (context) => apply(context, pipeline ?? null, options)),
    );
  defineVerb(group, {
    usage: 'list [pipeline]',
    description: 'Schedules of ours on the server: paused or not, when next',
    examples: ['gauntlet schedules list', 'gauntlet schedules list flights --json'],
  }).action((pipeline: string | undefined, options: { readonly json?: boolean }) =>
    runCommand(options, (context) => list(context, pipeline ?? null)),
  );
}

async function apply(context: CommandContext, pipeline: string | null, options: ApplyOptions): Promise<CommandOutcome> {
  const desired = await loadDesired(context, pipeline);
  const { schedule } = await context.temporal();
  const isCheck = options.check === true;
  const prune = options.prune === true;
  const steps = isCheck
    ? planSchedules({ desired, found: await findSchedules(schedule, desired), pipeline })
    : await applySchedules(schedule, { desired, pipeline, prune });
  const rows = steps.map(({ change, scheduleId }) => ({ scheduleId, change, note: noteOf(change, isCheck, prune) }));
  return {
    exitCode: isCheck && hasDrift(steps) ? exitCodes.no : exitCodes.done,
    text:
      rows.length === 0
        ? 'No definition has a schedule.'
        : renderTable(
            ['Schedule', 'Change', 'Note'],
            rows.map(({ scheduleId, change, note }) => [scheduleId, change, note]),
          ),
    json: { applied: !isCheck, schedules: rows.map(({ scheduleId, change }) => ({ scheduleId, change })) },
  };
}

async function loadDesired(context: CommandContext, pipeline: string | null): Promise<readonly DesiredSchedule[]> {
  const { definitions } = await context.services();
  const names = pipeline === null ? await definitions.list() : [pipeline];
  const loaded = await Promise.all(names.map((name) => definitions.load(name)));
  const problems = findSharedNames(loaded.map(({ definition }) => definition));
  if (problems.length > 0) {
    throw new PermanentFailure('INVALID_DEFINITION', 'Two pipelines share a registered model.', { problems });
  }
  return loaded.flatMap(({ definition }) => desiredSchedules(definition));
}

function noteOf(change: string, isCheck: boolean, prune: boolean): string {
  if (change === 'orphan') return prune && !isCheck ? 'deleted' : 'no definition wants it; --prune deletes it';
  if (change === 'unchanged') return '';
  return isCheck ? 'not applied' : 'applied';
}

async function list(context: CommandContext, pipeline: string | null): Promise<CommandOutcome> {
  const { schedule } = await context.temporal();
  const schedules = await listSchedules(schedule, pipeline);
  const rows = schedules.map(({ scheduleId, paused, note, nextTimes, lastRun }) => [
    scheduleId,
    paused ? 'paused' : 'on',
    nextTimes[0] === undefined ? '' : formatInstant(nextTimes[0]),
    lastRun ?? '',
    note,
  ]);
  const text =
    rows.length === 0
      ? 'There are no schedules of ours. `gauntlet schedules apply` makes them.'
      : renderTable(['Schedule', 'State', 'Next', 'Last run', 'Note'], rows);
  return { exitCode: exitCodes.done, text, json: { schedules } };
}

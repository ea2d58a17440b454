import type { ScheduledType } from '../schedules/desired-schedule.js';
import { toCommandError } from './command-error.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { countOf, formatCount, formatInstant, renderTable } from './text-table.js';
import { readResult, type WorkflowResults } from './workflow-outcomes.js';

/** How one run of a backfill ended. */
export interface BackfillRow {
  readonly nominalTime: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly rows: number | null;
  readonly version: string | null;
  readonly summary: string;
  readonly exitCode: ExitCode;
  readonly result: object | null;
}

type RunFacts = Pick<BackfillRow, 'nominalTime' | 'workflowId' | 'runId'>;

export function rowOfResult<T extends ScheduledType>(run: RunFacts, type: T, result: WorkflowResults[T]): BackfillRow {
  const { exitCode } = readResult(type, result);
  return { ...run, ...factsOf(type, result), summary: result.summary, exitCode, result };
}

function factsOf(
  type: ScheduledType,
  result: WorkflowResults[ScheduledType],
): Pick<BackfillRow, 'status' | 'rows' | 'version'> {
  switch (type) {
    case 'score': {
      const { status, rows, model } = result as WorkflowResults['score'];
      return { status, rows, version: model.version };
    }
    case 'retrain': {
      const { status, model } = result as WorkflowResults['retrain'];
      return { status, rows: null, version: model?.version ?? null };
    }
    case 'monitor': {
      const { windows } = result as WorkflowResults['monitor'];
      const verdicts = windows.map(({ verdict }) => verdict);
      return { status: verdicts.join(', ') || 'nothing due', rows: null, version: null };
    }
  }
}

/** A run that failed does not stop the ones behind it. */
export function rowOfFailure(run: RunFacts, failure: unknown): BackfillRow {
  const { type, message, exitCode } = toCommandError(failure);
  return {
    ...run,
    status: 'failed',
    rows: null,
    version: null,
    summary: `${type}: ${message}`,
    exitCode,
    result: null,
  };
}

/** The worst of all rows: a failure weighs more than a "no", and a "no" more than success. */
export function exitCodeOfRows(rows: readonly BackfillRow[]): ExitCode {
  const order: readonly ExitCode[] = [exitCodes.failed, exitCodes.unreachable, exitCodes.badInput, exitCodes.no];
  return order.find((code) => rows.some(({ exitCode }) => exitCode === code)) ?? exitCodes.done;
}

export function renderBackfill(rows: readonly BackfillRow[]): string {
  const table = renderTable(
    ['Nominal time', 'Status', { title: 'Rows', align: 'right' }, { title: 'Version', align: 'right' }, 'Summary'],
    rows.map(({ nominalTime, status, rows: count, version, summary }) => [
      formatInstant(nominalTime),
      status,
      count === null ? '' : formatCount(count),
      version ?? '',
      summary,
    ]),
  );
  const total = rows.reduce((sum, row) => sum + (row.rows ?? 0), 0);
  const sum = total === 0 ? '' : `, ${countOf(total, 'row')}`;
  return `${table}\n${countOf(rows.length, 'run')}${sum}.`;
}

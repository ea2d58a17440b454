import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowStatus } from '../workflows/api.js';

/** What the activities under way last said. */
export interface PendingWork {
  /** Of all activities that count rows, added up; null when none does. */
  readonly rows: RowCount | null;
  /** A step of a training program, such as `boosting 120 of 150`. */
  readonly step: string | null;
  /** Activities that are being tried again, with the reason. */
  readonly retries: readonly string[];
}

export interface RowCount {
  readonly rowsDone: number;
  readonly rows: number;
}

/** Reads heartbeats and failed attempts from a description. Unknown heartbeats say nothing. */
export function readPendingWork(description: Pick<WorkflowExecutionDescription, 'raw'>): PendingWork {
  const activities = description.raw.pendingActivities ?? [];
  const beats = activities.map(({ heartbeatDetails }) => decodeBeat(heartbeatDetails?.payloads?.[0]));
  const step = beats.find((beat) => typeof beat['step'] === 'string');
  return {
    rows: addUp(
      beats.flatMap(({ rowsDone, rows }) => (isCount(rowsDone) && isCount(rows) ? [{ rowsDone, rows }] : [])),
    ),
    step: step === undefined ? null : renderStep(step),
    retries: activities
      .filter(({ attempt, lastFailure }) => (attempt ?? 1) > 1 && lastFailure?.message)
      .map(
        ({ activityType, attempt, lastFailure }) =>
          `${activityType?.name ?? 'an activity'} is tried again (attempt ${String(attempt)}): ${lastFailure?.message ?? ''}`,
      ),
  };
}

/**
 * How far a run is: the run knows the shards that have ended and how many rows there are in all, the heartbeats those
 * under way. A shard that has just ended may be in both for a moment.
 */
export function countRows(pending: PendingWork, status: Pick<WorkflowStatus, 'rowsDone' | 'rows'>): RowCount | null {
  const { rowsDone, rows } = status;
  if (rowsDone === null || rows === null) return pending.rows;
  return { rowsDone: Math.min(rowsDone + (pending.rows?.rowsDone ?? 0), rows), rows };
}

function addUp(counts: readonly RowCount[]): RowCount | null {
  if (counts.length === 0) return null;
  return counts.reduce((sum, { rowsDone, rows }) => ({ rowsDone: sum.rowsDone + rowsDone, rows: sum.rows + rows }));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number';
}

function decodeBeat(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined) {
  const value: unknown = payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function renderStep({ step, done, total }: Readonly<Record<string, unknown>>): string {
  const isCounted = typeof done === 'number' && typeof total === 'number';
  return isCounted ? `${String(step)} ${String(done)} of ${String(total)}` : String(step);
}

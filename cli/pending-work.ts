import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** What the activities under way last said. */
export interface PendingWork {
  readonly rowsDone: number | null;
  readonly rows: number | null;
  /** A step of a training program, such as `boosting 120 of 150`. */
  readonly step: string | null;
  /** Activities that are being tried again, with the reason. */
  readonly retries: readonly string[];
}

/** Reads heartbeats and failed attempts from a description. Unknown heartbeats say nothing. */
export function readPendingWork(description: Pick<WorkflowExecutionDescription, 'raw'>): PendingWork {
  const activities = description.raw.pendingActivities ?? [];
  const beats = activities.map(({ heartbeatDetails }) => decodeBeat(heartbeatDetails?.payloads?.[0]));
  const rows = beats.find((beat) => typeof beat['rows'] === 'number' && typeof beat['rowsDone'] === 'number');
  const step = beats.find((beat) => typeof beat['step'] === 'string');
  return {
    rowsDone: (rows?.['rowsDone'] as number | undefined) ?? null,
    rows: (rows?.['rows'] as number | undefined) ?? null,
    step: step === undefined ? null : renderStep(step),
    retries: activities
      .filter(({ attempt, lastFailure }) => (attempt ?? 1) > 1 && lastFailure?.message)
      .map(
        ({ activityType, attempt, lastFailure }) =>
          `${activityType?.name ?? 'an activity'} is tried again (attempt ${String(attempt)}): ${lastFailure?.message ?? ''}`,
      ),
  };
}

function decodeBeat(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined) {
  const value: unknown = payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function renderStep({ step, done, total }: Readonly<Record<string, unknown>>): string {
  const isCounted = typeof done === 'number' && typeof total === 'number';
  return isCounted ? `${String(step)} ${String(done)} of ${String(total)}` : String(step);
}

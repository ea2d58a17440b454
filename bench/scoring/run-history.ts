import type { WorkflowHandle } from '@temporalio/client';

/** One step of a run, as its history has it. */
export interface RunStep {
  readonly name: string;
  readonly attempt: number;
  readonly endedAtMs: number;
  readonly input: unknown;
  readonly result: unknown;
}

/** The steps of a run that has ended, in the order in which they ended, and when the run did. */
export async function readRun(
  handle: WorkflowHandle,
): Promise<{ readonly steps: readonly RunStep[]; readonly endedAtMs: number }> {
  const { events = [] } = await handle.fetchHistory();
  const byId = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  const steps = (events ?? []).flatMap((event): RunStep[] => {
    const done = event.activityTaskCompletedEventAttributes;
    if (!done) return [];
    const scheduled = byId.get(String(done.scheduledEventId))?.activityTaskScheduledEventAttributes;
    const started = byId.get(String(done.startedEventId))?.activityTaskStartedEventAttributes;
    return [
      {
        name: scheduled?.activityType?.name ?? '',
        attempt: started?.attempt ?? 1,
        endedAtMs: timeOf(event),
        input: readPayload(scheduled?.input?.payloads),
        result: readPayload(done.result?.payloads),
      },
    ];
  });
  const last = (events ?? []).at(-1);
  return { steps, endedAtMs: last === undefined ? Number.NaN : timeOf(last) };
}

type History = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

function timeOf({ eventTime }: History): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}

function readPayload(payloads: readonly { readonly data?: Uint8Array | null }[] | null | undefined): unknown {
  const data = payloads?.[0]?.data;
  return data ? (JSON.parse(Buffer.from(data).toString('utf8')) as unknown) : null;
}

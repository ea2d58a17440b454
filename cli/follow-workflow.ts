import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { statusQueryName, taskQueues, type WorkflowStatus } from '../workflows/api.js';
import { computePace, renderRowProgress } from '../domain/row-progress.js';
import { countRows, readPendingWork, type PendingWork, type RowCount } from './pending-work.js';
import type { Progress } from './progress.js';

/** How following ended. A failed run throws the WorkflowFailedError of its result. */
export type Followed<R> =
  | { readonly status: 'completed'; readonly result: R }
  /** `until` said so: the run goes on. */
  | { readonly status: 'paused-at'; readonly workflowStatus: WorkflowStatus }
  /** The signal was given: Ctrl-C or a time limit. The run goes on. */
  | { readonly status: 'stopped' };

export interface FollowOptions {
  readonly handle: WorkflowHandle;
  readonly progress: Progress;
  /** Stops following. */
  readonly signal: AbortSignal;
  readonly until?: (status: WorkflowStatus) => boolean;
}

/** Quick at first, because most steps take well under a second; then a second, which costs the server little. */
const pollMs = [150, 250, 400, 600, 1_000] as const;

/** Prints phases as they change until the run ends, `until` is satisfied, or following is stopped. */
export async function followWorkflow<R>(options: FollowOptions): Promise<Followed<R>> {
  const { handle } = options;
  const asking = new AbortController();
  const answer = handle.client.withAbortSignal(asking.signal, () => handle.result() as Promise<R>);
  const ended = answer.then((result) => ({ status: 'completed', result }) as const);
  ended.catch(() => undefined);
  try {
    return await lookUntil(ended, options);
  } finally {
    // Else the client asks again when the connection closes, and a question to a closed connection ends the process.
    asking.abort();
  }
}

type Ended<R> = Extract<Followed<R>, { status: 'completed' }>;

async function lookUntil<R>(ended: Promise<Ended<R>>, options: FollowOptions): Promise<Followed<R>> {
  const { handle, progress, signal, until } = options;
  const narrator = new Narrator(progress);
  for (let poll = 0; !signal.aborted; poll++) {
    const waitMs = pollMs[Math.min(poll, pollMs.length - 1)] ?? 1_000;
    const result = await Promise.race([ended, sleep(waitMs, undefined, { signal }).catch(() => undefined)]);
    if (result !== undefined) return result;
    const status = await look(handle, narrator);
    if (status !== null && until?.(status) === true) return { status: 'paused-at', workflowStatus: status };
  }
  return { status: 'stopped' };
}

/** Null while the status cannot be had; the run itself is not disturbed by that. */
async function look(handle: WorkflowHandle, narrator: Narrator): Promise<WorkflowStatus | null> {
  const [status, description] = await Promise.allSettled([
    handle.query<WorkflowStatus>(statusQueryName),
    handle.describe(),
  ]);
  const seen = status.status === 'fulfilled' ? status.value : null;
  if (description.status === 'fulfilled') narrator.hear(readPendingWork(description.value), seen);
  if (status.status === 'fulfilled') narrator.see(status.value);
  else narrator.miss(status.reason);
  return status.status === 'fulfilled' ? status.value : null;
}

/** Says each thing once. */
class Narrator {
  readonly #progress: Progress;
  readonly #said = new Set<string>();
  #phase = '';
  #since: { readonly atMs: number; readonly rowsDone: number } | null = null;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  see({ phase, waitingFor, notes }: WorkflowStatus): void {
    const line = waitingFor === null ? phase : `${phase}; waits for ${waitingFor}`;
    if (line !== this.#phase) this.#progress.tell(`  ${line}`);
    this.#phase = line;
    for (const note of notes) this.#once(`  note: ${note}`);
  }

  hear(pending: PendingWork, status: WorkflowStatus | null): void {
    for (const retry of pending.retries) this.#once(`  ${retry}`);
    const counted = countRows(pending, status ?? { rowsDone: null, rows: null });
    if (counted !== null) this.#drawRows(counted);
    else if (pending.step !== null) this.#progress.draw(`  ${pending.step}`);
  }

  /** The pace is taken from when this command first saw rows counted: what was done before took unknown time. */
  #drawRows({ rowsDone, rows }: RowCount): void {
    const now = { atMs: Date.now(), rowsDone };
    const since = this.#since === null || this.#since.rowsDone > rowsDone ? now : this.#since;
    this.#since = since;
    const pace = computePace({
      rowsDone: rowsDone - since.rowsDone,
      rows: rows - since.rowsDone,
      elapsedMs: now.atMs - since.atMs,
    });
    this.#progress.draw(`  ${renderRowProgress(rowsDone, rows, pace)}`);
  }

  miss(reason: unknown): void {
    const message = reason instanceof Error ? `${reason.message} ${String(reason.cause)}` : String(reason);
    if (!/no poller|deadline/i.test(message)) return;
    this.#once(`  no worker answers on task queue ${taskQueues.control}; \`gauntlet dev\` starts one`);
  }

  #once(line: string): void {
    if (!this.#said.has(line)) this.#progress.tell(line);
    this.#said.add(line);
  }
}

import { condition, defineSignal, getExternalWorkflowHandle, isCancellation, setHandler } from '@temporalio/workflow';
import { newsSignals, type QueuedMessage } from '../api.js';
import type { DecisionInbox } from '../decision-inbox.js';
import type { StatusBoard } from '../status-board.js';

/** What other runs tell a promotion. Handlers only record; the main loop looks and decides. */
export interface PromotionNews {
  /** Forgets what was heard: a look that begins now sees all of it. */
  clear(): void;
  isWaiting(): boolean;
  /** The newer promotion that wants this one stopped; null while there is none. */
  superseder(): QueuedMessage | null;
  /** Ids of runs that wait for this promotion to be over. */
  waiters(): readonly string[];
}

/** Runs that wait at most; each asks again after its own poll interval, so none is lost for good. */
const maxWaiters = 50;

/** In characters; the server counts bytes, of which a character has four at most, and takes 1,000. */
const maxIdLength = 250;

/** Registers the signals of other runs. Must run before the workflow's first await. */
export function openNews(): PromotionNews {
  let isWaiting = false;
  const queued = new Map<string, QueuedMessage>();
  for (const name of [
    newsSignals.cyclePublished,
    newsSignals.windowsJudged,
    newsSignals.championRestored,
    newsSignals.turnCame,
  ]) {
    setHandler(
      defineSignal(name),
      () => {
        isWaiting = true;
      },
      { description: 'Sent by other runs: the promotion looks now' },
    );
  }
  setHandler(
    defineSignal<[unknown]>(newsSignals.queuedBehind),
    (payload) => {
      const message = readQueued(payload);
      if (message === null || (queued.size >= maxWaiters && !queued.has(message.workflowId))) return;
      queued.set(message.workflowId, message);
      if (message.supersedes) isWaiting = true;
    },
    { description: 'Sent by a promotion that waits for this one to be over' },
  );
  return {
    clear: () => {
      isWaiting = false;
    },
    isWaiting: () => isWaiting,
    superseder: () => [...queued.values()].find(({ supersedes }) => supersedes) ?? null,
    waiters: () => [...queued.keys()],
  };
}

/** Waits for a message or for news, and no longer than a time. */
export async function untilNews(
  { inbox, news }: { readonly inbox: DecisionInbox; readonly news: PromotionNews },
  waitMs: number,
): Promise<void> {
  await condition(() => news.isWaiting() || !inbox.isEmpty(), Math.max(1, waitMs));
}

/** Tells another run something that it would find out by itself later: one that is gone is only noted. */
export async function tell(
  board: StatusBoard,
  workflowId: string,
  signal: string,
  message: object = {},
): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(signal, message);
  } catch (error) {
    if (isCancellation(error)) throw error;
    board.note(`${workflowId} could not be told \`${signal}\`; it looks by itself.`);
  }
}

/** Null for anything that a promotion in the queue would not send. */
function readQueued(payload: unknown): QueuedMessage | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { workflowId, version, supersedes } = payload as Readonly<Record<string, unknown>>;
  if (typeof workflowId !== 'string' || typeof version !== 'string') return null;
  // A signal to an id that the server does not take would fail this run's task again and again.
  if (workflowId === '' || workflowId.length > maxIdLength) return null;
  return { workflowId, version: version.slice(0, 60), supersedes: supersedes === true };
}

import { continueAsNew } from '@temporalio/workflow';
import type { QueuedPromotion } from '../../activities/promotion/arrive-meanwhile.js';
import { newsSignals, type PromoteResult, type QueuedMessage } from '../api.js';
import { renderQueue } from '../cards/rollout-step-card.js';
import { tell, untilNews } from './news.js';
import { waitsPerRun } from './long-life.js';
import type { Room } from './story.js';

/**
 * Waits until the promotion before this one may be over. It is told that somebody waits, and to stop where this version
 * supersedes it. `aborted` when a person stops the waiting.
 */
export async function waitForTurn(room: Room, queued: QueuedPromotion): Promise<'look again' | PromoteResult> {
  const { board, inbox, news, run } = room;
  const { behind, version, supersedes, pollMs } = queued;
  board.show(
    { phase: 'queued', waitingFor: `the promotion of version ${behind.version} in ${behind.workflowId} to be over` },
    renderQueue(queued),
  );
  news.clear();
  const message: QueuedMessage = { workflowId: run.workflow.workflowId, version, supersedes };
  await tell(board, behind.workflowId, newsSignals.queuedBehind, message);
  await untilNews(room, pollMs);
  const abort = inbox.takeAbort();
  if (abort !== undefined) {
    const why = `aborted by ${abort.by} while it waited for its turn${abort.reason === '' ? '' : `: ${abort.reason}`}`;
    return { ...queued.result, status: 'aborted', summary: `Nothing was started: ${why}.`, grounds: [why] };
  }
  for (let early = inbox.take(); early !== undefined; early = inbox.take())
    board.note(`\`${early.decision}\` by ${early.by} came too early: version ${version} waits for its turn.`);
  board.show({ waitingFor: null });
  return 'look again';
}

/** The same start, with what is known since it waits; a long wait goes on in a new run. */
export async function queueAgain(input: unknown, queued: QueuedPromotion, waits: number): Promise<object> {
  const next = { ...(input as object), version: queued.version, queuedSince: queued.sinceNumber };
  if (waits >= waitsPerRun) await continueAsNew(next);
  return next;
}

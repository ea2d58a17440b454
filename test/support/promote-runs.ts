import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll } from 'vitest';
import type { PromoteResult } from '../../workflows/api.js';
import { openWorkflowRoom, untilAsked, type WorkflowRoom } from './workflow-environment.js';
import { reportDigest, type Fakes } from './workflow-fakes.js';

/** The smallest start of a promotion. */
export const promoteInput = { pipeline: 'flights' };

/** Names the report that the fakes measure. */
export const approval = { reportDigest, by: 'Anna', reason: 'better everywhere' };

/** One room for all tests of a file; it is open while they run. */
export function sharedRoom(): WorkflowRoom {
  let opened: WorkflowRoom | undefined;
  beforeAll(async () => {
    opened = await openWorkflowRoom();
  });
  afterAll(() => opened?.close());
  const room = (): WorkflowRoom => {
    if (opened === undefined) throw new Error('the room is open while the tests of its file run');
    return opened;
  };
  return {
    start: (...args) => room().start(...args),
    startWithSignal: (...args) => room().startWithSignal(...args),
    adopt: (...args) => room().adopt(...args),
    sleep: (ms) => room().sleep(ms),
    close: () => room().close(),
  };
}

/** A promotion that waits for a person. */
export async function askedRun(
  room: WorkflowRoom,
  fakes: Fakes,
  input: object = promoteInput,
): Promise<WorkflowHandle> {
  const run = await room.start('promote', input, fakes);
  await untilAsked(run);
  return run;
}

/** A promotion whose report is approved; what follows is up to the fakes. */
export async function approvedRun(room: WorkflowRoom, fakes: Fakes, input?: object): Promise<WorkflowHandle> {
  const run = await askedRun(room, fakes, input);
  await run.signal('approve', approval);
  return run;
}

export function promoteResultOf(run: WorkflowHandle): Promise<PromoteResult> {
  return run.result() as Promise<PromoteResult>;
}

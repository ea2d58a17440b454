import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { followWorkflow } from '../../cli/follow-workflow.js';
import { isAwaitingApproval } from '../../cli/promote.js';
import type { WorkflowStatus } from '../../workflows/api.js';

const digest = 'ebee2b339f2b'.padEnd(64, '0');

function status(change: Partial<WorkflowStatus>): WorkflowStatus {
  const quiet = { waitingFor: null, reportDigest: null, deadlineAt: null, rowsDone: null, rows: null, notes: [] };
  return { phase: 'starting', ...quiet, ...change };
}

const waiting = status({
  phase: 'gates passed',
  waitingFor: `a person's approval of report ${digest.slice(0, 12)} until tomorrow`,
  reportDigest: digest,
});

/** A run that shows one status after the other; after the last of them it ends, where it has an end. */
function runThatShows(statuses: readonly (WorkflowStatus | Error)[], end?: () => Promise<unknown>) {
  let shown = 0;
  const lines: string[] = [];
  const { promise: allShown, resolve } = deferred();
  const asking: AbortSignal[] = [];
  const client: unknown = {
    withAbortSignal: <R>(asked: AbortSignal, ask: () => Promise<R>) => (asking.push(asked), ask()),
  };
  const handle: Pick<WorkflowHandle, 'result' | 'query' | 'describe'> & { readonly client: unknown } = {
    client,
    result: () => (end === undefined ? new Promise(() => undefined) : allShown.then(end)),
    query: () => {
      const next = statuses[Math.min(shown++, statuses.length - 1)];
      if (shown >= statuses.length) resolve();
      return (next instanceof Error ? Promise.reject(next) : Promise.resolve(next)) as Promise<never>;
    },
    describe: () => Promise.resolve({ raw: { pendingActivities: [] } }) as never,
  };
  const progress = { tell: (line: string) => void lines.push(line), draw: () => undefined };
  return { handle: handle as unknown as WorkflowHandle, progress, lines, asking };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const never = new AbortController().signal;

describe('followWorkflow', () => {
  it('tells each phase and note once, and gives the result', async () => {
    const snapshot = status({ phase: 'building the snapshot' });
    const noted = status({ phase: 'publishing', notes: ['the registry is away'] });
    const run = runThatShows([snapshot, snapshot, noted, noted], () => Promise.resolve('done'));
    expect(await followWorkflow({ ...run, signal: never })).toEqual({ status: 'completed', result: 'done' });
    expect(run.lines).toEqual(['  building the snapshot', '  publishing', '  note: the registry is away']);
  });

  it('stops where the promotion waits for a person, leaves it waiting, and asks the server no more', async () => {
    const run = runThatShows([status({}), waiting]);
    const followed = await followWorkflow({ ...run, signal: never, until: isAwaitingApproval });
    expect(followed).toEqual({ status: 'paused-at', workflowStatus: waiting });
    expect(run.asking.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('stops when it is told to', async () => {
    const run = runThatShows([status({})]);
    expect(await followWorkflow({ ...run, signal: AbortSignal.timeout(300) })).toEqual({ status: 'stopped' });
  });

  it('passes on why a run failed', async () => {
    const run = runThatShows([status({})], () => Promise.reject(new Error('it broke')));
    await expect(followWorkflow({ ...run, signal: never })).rejects.toThrow('it broke');
  });

  it('says once that no worker answers', async () => {
    const error = new Error('Failed to query Workflow', { cause: new Error('no poller seen for task queue recently') });
    const run = runThatShows([error, error], () => Promise.resolve(1));
    await followWorkflow({ ...run, signal: never });
    expect(run.lines).toEqual(['  no worker answers on task queue gauntlet; `gauntlet dev` starts one']);
  });
});

describe('isAwaitingApproval', () => {
  it('is false while a promotion waits for something else', () => {
    expect(isAwaitingApproval(status({}))).toBe(false);
    const registryAway = { ...waiting, waitingFor: 'the model registry (setting the alias)' };
    expect(isAwaitingApproval(registryAway)).toBe(false);
  });
});

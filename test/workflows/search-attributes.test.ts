import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  allSearchAttributes,
  decideSearchAttributes,
  findMissingSearchAttributes,
} from '../../workers/search-attributes.js';
import { taskQueues } from '../../workflows/api.js';
import {
  historyOf,
  openServerRoom,
  recordHistory,
  untilAsked,
  type ServerRoom,
} from '../support/workflow-environment.js';
import { Fakes, promotionPlan, reportDigest } from '../support/workflow-fakes.js';

/** What the first step answers where the server has the attributes, as `withRunFacts` makes it. */
function listedFakes(hasSearchAttributes: boolean): Fakes {
  const plan = { ...promotionPlan, runFacts: { registryNote: null, hasSearchAttributes } };
  return new Fakes({ beginPromotion: () => Promise.resolve(plan) });
}

async function listed(room: ServerRoom, query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of room.client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function approve(handle: WorkflowHandle): Promise<unknown> {
  await handle.signal('approve', { by: 'Ada', reportDigest: reportDigest.slice(0, 12), reason: 'better' });
  return handle.result();
}

describe('on a server that has the search attributes', { timeout: 120_000 }, () => {
  let room: ServerRoom;
  beforeAll(async () => {
    room = await openServerRoom(allSearchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]));
  });
  afterAll(() => room.close());

  it('a promotion is found by what it waits for, by its verdict and by its pipeline, and no more when it is over', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, listedFakes(true));
    await untilAsked(handle);
    const waits = 'GauntletWaitingFor = "approval" AND GauntletPipeline = "flights"';
    await vi.waitFor(async () => expect(await listed(room, waits)).toEqual([handle.workflowId]), { timeout: 20_000 });
    expect(await listed(room, 'GauntletPhase = "gates passed" AND GauntletVerdict = "pass"')).toEqual([
      handle.workflowId,
    ]);
    expect(await approve(handle)).toMatchObject({ status: 'promoted' });
    await vi.waitFor(async () => expect(await listed(room, waits)).toEqual([]), { timeout: 20_000 });
    expect(await listed(room, 'GauntletPhase = "promoted"')).toEqual([handle.workflowId]);
    await recordHistory(handle, 'promote-listed');
  });

  it('every step and timer of it says in the timeline what it is', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, listedFakes(true));
    await untilAsked(handle);
    const isTimed = async () => (await historyOf(handle)).some((event) => event.timerStartedEventAttributes != null);
    await vi.waitFor(async () => expect(await isTimed()).toBe(true), { timeout: 20_000 });
    await handle.signal('abort', { by: 'Ada' });
    expect(await handle.result()).toMatchObject({ status: 'aborted' });
    const told = (await historyOf(handle)).filter(
      ({ activityTaskScheduledEventAttributes: step, timerStartedEventAttributes: timer }) =>
        step != null || timer != null,
    );
    const summaries = told.map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? '').toString());
    expect(summaries).toContain('"deadline of the approval"');
    expect(summaries.filter((summary) => summary === '')).toEqual([]);
  });

  it('an abort that was sent together with its start is heard', async () => {
    const fakes = new Fakes();
    const workflowId = `promote/early/${randomUUID()}`;
    room.adopt(workflowId, fakes);
    const start = { taskQueue: taskQueues.control, workflowId, args: [{ pipeline: 'flights' }] };
    const signalled = { ...start, signal: 'abort', signalArgs: [{ by: 'Ada', reason: 'the wrong one' }] };
    const handle = await room.client.workflow.signalWithStart('promote', signalled);
    expect(await room.client.workflow.getHandle(handle.workflowId).result()).toMatchObject({ status: 'aborted' });
    await recordHistory(room.client.workflow.getHandle(workflowId), 'promote-aborted-at-start');
  });

  it('a worker finds them all, unless it is told otherwise', async () => {
    const warnings: string[] = [];
    const decide = (wish: 'auto' | 'on' | 'off') =>
      decideSearchAttributes(room.client, wish, (line) => warnings.push(line));
    expect([await decide('auto'), await decide('on'), await decide('off')]).toEqual([true, true, false]);
    expect(warnings).toEqual([]);
  });
});

describe('on a server without them', { timeout: 120_000 }, () => {
  let room: ServerRoom;
  beforeAll(async () => {
    room = await openServerRoom();
  });
  afterAll(() => room.close());

  it('a worker says so once, with the command that registers them, and its runs set none', async () => {
    const warnings: string[] = [];
    const warn = (line: string): void => void warnings.push(line);
    expect(await findMissingSearchAttributes(room.client)).toEqual(allSearchAttributes);
    expect(await decideSearchAttributes(room.client, 'auto', warn)).toBe(false);
    expect(warnings).toEqual([
      expect.stringContaining(
        'temporal operator search-attribute create --namespace default --name GauntletPipeline --type Keyword',
      ),
    ]);
  });

  it('a run takes its course', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, listedFakes(false));
    await untilAsked(handle);
    expect(await approve(handle)).toMatchObject({ status: 'promoted' });
    const history = await historyOf(handle);
    const set = history.flatMap((event) =>
      Object.keys(event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {}),
    );
    // The SDK's own, for patches.
    expect(new Set(set)).toEqual(new Set(['TemporalChangeVersion']));
  });

  it('and one whose server does not say is taken for one that lacks them', async () => {
    const warnings: string[] = [];
    const client = {
      options: { namespace: 'default' },
      connection: { operatorService: { listSearchAttributes: () => Promise.reject(new Error('not permitted')) } },
    } as unknown as Client;
    expect(await decideSearchAttributes(client, 'auto', (line) => warnings.push(line))).toBe(false);
    expect(warnings[0]).toContain('not permitted');
  });
});

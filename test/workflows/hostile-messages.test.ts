import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskQueues } from '../../workflows/api.js';
import { brokenPayload, jsonPayload } from '../support/broken-payloads.js';
import {
  cardOf,
  failedTasks,
  openServerRoom,
  statusOf,
  untilAsked,
  type ServerRoom,
} from '../support/workflow-environment.js';
import { Fakes, reportDigest } from '../support/workflow-fakes.js';

type RawSignal = Parameters<ServerRoom['client']['workflowService']['signalWorkflowExecution']>[0];

let room: ServerRoom;
beforeAll(async () => {
  room = await openServerRoom();
});
afterAll(() => room.close());

/** Sends a signal past the client's encoding, as anybody with a socket can. */
async function sendRaw(
  handle: WorkflowHandle,
  signalName: string,
  payloads: NonNullable<RawSignal['input']>['payloads'],
): Promise<void> {
  await room.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    signalName,
    input: { payloads: payloads ?? null },
    requestId: randomUUID(),
  });
}

/** No workflow task failed, timed out or is tried again. */
async function expectHealthy(handle: WorkflowHandle): Promise<void> {
  expect(await failedTasks(handle)).toEqual([]);
  const { raw } = await handle.describe();
  expect(raw.pendingWorkflowTask?.attempt ?? 1).toBe(1);
}

async function approve(handle: WorkflowHandle): Promise<unknown> {
  await handle.signal('approve', { by: 'Ada', reportDigest: reportDigest.slice(0, 12), reason: 'better' });
  return handle.result();
}

describe('a promotion that waits for a person', { timeout: 240_000 }, () => {
  it('takes 300 broken signals of every kind, stays healthy, and then a valid approval', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, new Fakes());
    await untilAsked(handle);
    const names = ['approve', 'reject', 'abort', 'aprove', '__temporal_x', '__stack_trace', 'constructor', '😀'];
    const signals = fc.sample(fc.tuple(fc.constantFrom(...names), fc.array(brokenPayload, { maxLength: 1 })), 300);
    for (let sent = 0; sent < signals.length; sent += 20) {
      await Promise.all(signals.slice(sent, sent + 20).map(([name, payloads]) => sendRaw(handle, name, payloads)));
    }
    const status = await statusOf(handle);
    expect(status.phase).toBe('gates passed');
    expect(status.notes.length).toBeGreaterThan(0);
    expect(await approve(handle)).toMatchObject({ status: 'promoted', approvedBy: 'Ada' });
    await expectHealthy(handle);
  });

  it('says on its card what it could not read', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, new Fakes());
    await untilAsked(handle);
    await sendRaw(handle, 'approve', [
      { metadata: { encoding: Buffer.from('binary/secret') }, data: Buffer.from('x') },
    ]);
    await sendRaw(handle, 'approve', [
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"by":') },
    ]);
    await sendRaw(handle, '__temporal_own', []);
    const card = await cardOf(handle);
    expect(card).toContain('`approve` was not understood: the payload is "unreadable:');
    expect(card).toContain('Signal `reserved __temporal_own` was ignored: it takes approve, reject, abort.');
    expect(await approve(handle)).toMatchObject({ status: 'promoted' });
    await expectHealthy(handle);
  });

  it('answers queries after one that nobody can read and one that nobody knows', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, new Fakes());
    await untilAsked(handle);
    const query = { queryType: 'status', queryArgs: { payloads: [{ data: Buffer.from('{') }] } };
    const execution = { workflowId: handle.workflowId };
    const answer = await room.client.workflowService.queryWorkflow({ namespace: 'default', execution, query });
    expect(answer.queryResult?.payloads).toHaveLength(1);
    await expect(handle.query('whatever')).rejects.toThrow('did not register a handler for whatever');
    expect((await statusOf(handle)).phase).toBe('gates passed');
    expect(await approve(handle)).toMatchObject({ status: 'promoted' });
    await expectHealthy(handle);
  });
});

describe('a start with an input that nobody can read', { timeout: 60_000 }, () => {
  it.each([
    ['an encoding nobody knows', { metadata: { encoding: Buffer.from('binary/secret') }, data: Buffer.from('x') }],
    ['half a JSON object', { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"pipeline":') }],
    [
      'one nested 20,000 deep',
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('['.repeat(20_000) + ']'.repeat(20_000)) },
    ],
    ['a megabyte and a half', jsonPayload({ pipeline: 'x'.repeat(1_500_000) })],
  ])('(%s) fails at once, with an example', async (_, payload) => {
    const fakes = new Fakes();
    const workflowId = await startRaw(payload, fakes);
    const result = room.client.workflow.getHandle(workflowId).result();
    await expect(result).rejects.toMatchObject({ cause: { cause: { type: 'INVALID_INPUT', nonRetryable: true } } });
  });

  async function startRaw(payload: ReturnType<typeof jsonPayload>, fakes: Fakes): Promise<string> {
    const workflowId = `score/${randomUUID()}`;
    room.adopt(workflowId, fakes);
    await room.client.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId,
      requestId: randomUUID(),
      workflowType: { name: 'score' },
      taskQueue: { name: taskQueues.control },
      input: { payloads: [payload] },
    });
    return workflowId;
  }
});

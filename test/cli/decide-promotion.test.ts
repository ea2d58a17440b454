import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDecisionActivities } from '../../activities/promotion/decision-activities.js';
import type { CommandContext } from '../../cli/command-context.js';
import type { DecisionOptions } from '../../cli/compose-decision.js';
import { decidePromotion } from '../../cli/decide-promotion.js';
import { parseDecision } from '../../domain/promotion/decision-message.js';
import { ActivityWorld, stampOf } from '../support/activity-world.js';
import { approverOf, keyHolder, type KeyHolder } from '../support/approvers.js';
import { flightsDefinition } from '../support/flights-definition.js';
import { digest, evaluated, hour, LedgerBuilder, opened, pipeline, registered, requested } from '../support/ledger.js';
import { promotionPlan } from '../support/workflow-fakes.js';

const [anna, berta, rita] = [keyHolder('Anna'), keyHolder('Berta'), keyHolder('Rita')];
const report = digest('report p2');
let world: ActivityWorld;
let folder: string;

/** `b` waits for two signed approvals; Rita asked for them, and is an approver too. */
beforeEach(async () => {
  const run = { workflow: { workflowId: 'promote/flights', runId: 'r2' } };
  const ledger = new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'), { actor: { name: 'Rita', kind: 'person' }, ...run })
    .append(evaluated('p2', 'b', 'a', 1), run)
    .append(requested('p2'), run);
  const approval = { quorum: 2, approvers: [anna, berta, rita].map(approverOf), unsigned: 'refuse' } as const;
  const definition = flightsDefinition({ approval: { ...flightsDefinition().approval, ...approval } });
  world = await ActivityWorld.create(ledger, definition);
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-keys-'));
});
afterEach(async () => {
  await world.remove();
  await rm(folder, { recursive: true });
});

/** A command whose signals are judged at once, as a run on a worker would. */
function contextOf(): CommandContext {
  const { judgeDecision } = createDecisionActivities({
    ...world.services,
    signals: { receiptOf: () => Promise.resolve(null) },
  });
  const handle = {
    workflowId: 'promote/flights',
    async signal(decision: 'approve' | 'reject' | 'abort', payload: unknown) {
      const parsed = parseDecision(decision, payload);
      if (!parsed.ok) throw new Error(parsed.problems.join('; '));
      const message = { ...parsed.message, signalIndex: 1 };
      const promotion = { ...promotionPlan, promotionId: 'p2' };
      await judgeDecision({
        promotion,
        message,
        awaitedDigest: report,
        deadlineAt: hour(72),
        stamp: stampOf('r2', 50),
      });
    },
  };
  return {
    settings: { temporalUiUrl: null },
    json: false,
    progress: { tell: () => undefined },
    services: () => Promise.resolve(world.services),
    temporal: () => Promise.resolve({ workflow: { getHandle: () => handle } }),
  } as unknown as CommandContext;
}

async function keyFile({ name, privateKey }: KeyHolder): Promise<string> {
  const file = path.join(folder, `${name}.pem`);
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return file;
}

function approve(options: DecisionOptions) {
  const given = { report: report.slice(0, 8), reason: 'better', ...options };
  return decidePromotion(contextOf(), 'approve', pipeline, given);
}

it('a signed approval that counts is done at once while others have to follow, and says how many', async () => {
  expect(await approve({ key: await keyFile(anna) })).toMatchObject({
    exitCode: 0,
    text: 'The approval counts; 1 more of other people is needed. See `gauntlet approvals`.',
    json: { missing: 1, recorded: { by: 'Anna', identity: 'verified' } },
  });
});

it('an approval by the requester does not count, and is told why', async () => {
  const outcome = await approve({ key: await keyFile(rita) });
  expect(outcome).toMatchObject({ exitCode: 3, json: { recorded: { refusal: 'requester' } } });
  expect(outcome.text).toContain('Rita asked for this promotion, so somebody else has to approve it');
});

it.each([
  ['without a key, where the policy asks for signatures', () => Promise.resolve({ by: 'Anna' }), 'unsigned'],
  ['with the key of another approver', async () => ({ by: 'Anna', key: await keyFile(berta) }), 'bad-signature'],
])('an approval %s does not count', async (_, options, refusal) => {
  expect(await approve(await options())).toMatchObject({ exitCode: 3, json: { recorded: { refusal } } });
});

describe('a promotion whose run is dead', () => {
  /** The run is not there until somebody starts it; then it hears what the start brought along. */
  function deadRun() {
    const alive = contextOf();
    const gone = new WorkflowNotFoundError('no such run', 'promote/flights', undefined);
    const signalWithStart = vi.fn(async (_type: string, { signal, signalArgs }: SentWithStart) => {
      const handle = (await alive.temporal()).workflow.getHandle('promote/flights');
      await handle.signal(signal, ...signalArgs);
    });
    const getHandle = () => ({
      workflowId: 'promote/flights',
      signal: () => Promise.reject(gone),
      client: { withAbortSignal: (_: AbortSignal, ask: () => unknown) => ask() },
      result: () =>
        Promise.resolve({ status: 'aborted', summary: 'Version 2 was aborted.', approvedBy: null, alias: null }),
    });
    const temporal = () => Promise.resolve({ workflow: { getHandle, signalWithStart } });
    return { context: { ...alive, temporal } as unknown as CommandContext, signalWithStart };
  }

  interface SentWithStart {
    readonly signal: string;
    readonly signalArgs: readonly unknown[];
    readonly args: readonly unknown[];
    readonly staticSummary: string;
  }

  it('is closed by an abort, which starts the run that takes it over', async () => {
    const { context, signalWithStart } = deadRun();
    const outcome = await decidePromotion(context, 'abort', pipeline, { by: 'Anna', reason: 'not now' });
    const [type, sent] = signalWithStart.mock.calls[0] ?? [];
    expect(type).toBe('promote');
    expect(sent).toMatchObject({
      workflowId: 'promote/flights',
      args: [{ pipeline, version: '2', by: 'Anna', reason: 'not now', resumes: 'p2' }],
      signal: 'abort',
      staticSummary: 'Close the promotion of flights version 2',
    });
    expect(outcome).toMatchObject({
      exitCode: 0,
      text: 'Version 2 was aborted.',
      json: { recorded: { decision: 'abort', accepted: true } },
    });
  });

  it.each([
    ['approve', 'approval'],
    ['reject', 'rejection'],
  ] as const)('hears no %s, and is taken up by starting it again', async (decision, noun) => {
    const { context, signalWithStart } = deadRun();
    const sent = decidePromotion(context, decision, pipeline, { by: 'Anna', report: report.slice(0, 8), reason: 'x' });
    await expect(sent).rejects.toMatchObject({
      type: 'NO_OPEN_PROMOTION',
      exitCode: 3,
      message: `promote/flights has ended, so nobody hears the ${noun}. Starting the promotion again takes it up where it stopped.`,
      example: 'gauntlet promote flights',
    });
    expect(signalWithStart).not.toHaveBeenCalled();
  });
});

it('a decision that cannot be sent names the options that are missing', async () => {
  const sent = decidePromotion(contextOf(), 'reject', pipeline, { by: 'Anna' });
  await expect(sent).rejects.toMatchObject({
    message: expect.stringContaining('This rejection cannot be sent.') as string,
    problems: [
      { field: '--report', found: 'missing' },
      { field: '--reason', found: 'missing' },
    ],
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

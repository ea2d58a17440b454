import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createDecisionActivities } from '../../activities/promotion/decision-activities.js';
import { createSignalDirectory } from '../../adapters/temporal/signal-directory.js';
import type { HeardDecision } from '../../domain/promotion/decision-message.js';
import type { PromoteResult } from '../../workflows/api.js';
import { ActivityWorld } from '../support/activity-world.js';
import { approverOf, keyHolder, signedBy } from '../support/approvers.js';
import { flightsDefinition } from '../support/flights-definition.js';
import { digest, evaluated, LedgerBuilder, opened, registered, requested } from '../support/ledger.js';
import { openWorkflowRoom, statusOf, until, untilAsked, type WorkflowRoom } from '../support/workflow-environment.js';
import { Fakes, passingReport, promotionPlan } from '../support/workflow-fakes.js';

let room: WorkflowRoom;
let world: ActivityWorld;
beforeAll(async () => {
  room = await openWorkflowRoom();
});
afterAll(() => room.close());
afterEach(() => world.remove());

const [anna, berta, zoe] = [keyHolder('Anna'), keyHolder('Berta'), keyHolder('Zoe')];

/** As the command sends it. */
function payloadOf({ by, reportDigest, reason, nonce, signature }: HeardDecision) {
  return { by, reportDigest, reason, nonce, signature };
}

it('signed approvals reach the ledger through the run, with who sent them, and the last one promotes', async () => {
  const ledger = new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'))
    .append(evaluated('p2', 'b', 'a', 1, { validUntil: '2101-01-01T00:00:00.000Z' }))
    .append(requested('p2'));
  const approval = { quorum: 2, approvers: [anna, berta].map(approverOf), unsigned: 'refuse' } as const;
  world = await ActivityWorld.create(
    ledger,
    flightsDefinition({ approval: { ...flightsDefinition().approval, ...approval } }),
  );
  const fakes = new Fakes({
    beginPromotion: () => Promise.resolve({ ...promotionPlan, promotionId: 'p2' }),
    assembleGateReport: () => Promise.resolve({ ...passingReport, reportDigest: digest('report p2') }),
    judgeDecision: (asked) => {
      const signals = createSignalDirectory(run.client);
      return createDecisionActivities({ ...world.services, signals }).judgeDecision(asked);
    },
  });
  const run = await room.start('promote', { pipeline: 'flights' }, fakes);
  await untilAsked(run);
  await run.signal('approve', payloadOf(signedBy(anna)));
  await run.signal('approve', payloadOf(signedBy(anna)));
  await run.signal('approve', payloadOf(signedBy(zoe)));
  await until(run, ({ notes }) => notes.length === 2);
  expect((await statusOf(run)).waitingFor).toContain('approvals of 2 people (1 so far)');
  await run.signal('approve', payloadOf(signedBy(berta)));
  expect((await run.result()) as PromoteResult).toMatchObject({ status: 'promoted', approvedBy: 'Anna, Berta' });
  const decisions = (await world.records()).flatMap(({ event }) =>
    event.type === 'decision-received' && event.promotionId === 'p2' ? [event] : [],
  );
  expect(decisions).toMatchObject([
    { by: 'Anna', accepted: true, identity: 'verified', principal: 'client test client' },
    { by: 'Anna', accepted: false, refusal: 'replayed' },
    { by: 'Zoe', accepted: false, refusal: 'unknown-approver', identity: 'claimed' },
    { by: 'Berta', accepted: true, identity: 'verified', quorum: 2, principal: 'client test client' },
  ]);
});

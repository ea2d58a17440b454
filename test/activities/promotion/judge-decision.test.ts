import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CrashPoint } from '../../../activities/crash-point.js';
import { createDecisionActivities } from '../../../activities/promotion/decision-activities.js';
import type { SignalDirectory } from '../../../activities/ports/signal-directory.js';
import type { PromotionPlan } from '../../../activities/promotion/begin-promotion.js';
import { fingerprintOf } from '../../../contracts/approval-signature.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { DecisionReceived } from '../../../domain/ledger/decision-events.js';
import type { ApprovalPolicy } from '../../../domain/promotion/approval-policy.js';
import type { HeardDecision } from '../../../domain/promotion/decision-message.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { approverOf, claimedBy, keyHolder, signedBy } from '../../support/approvers.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import {
  changed,
  closed,
  decided,
  digest,
  evaluated,
  hour,
  LedgerBuilder,
  opened,
  registered,
  requested,
} from '../../support/ledger.js';
import { promotionPlan } from '../../support/workflow-fakes.js';

let world: ActivityWorld;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.remove();
});

const [anna, berta, zoe] = ['Anna', 'Berta', 'Zoe'].map(keyHolder) as [
  ReturnType<typeof keyHolder>,
  ReturnType<typeof keyHolder>,
  ReturnType<typeof keyHolder>,
];
const awaitedDigest = digest('report p2');
const plan: PromotionPlan = { ...promotionPlan, promotionId: 'p2' };

/** `b` has passed its gates against `a`: Rita asked for it, Tom trained it. */
const asked = () =>
  new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'), { actor: { name: 'Tom', kind: 'person' } })
    .append(opened('p2', 'b'), { actor: { name: 'Rita', kind: 'person' } })
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'));

function policyOf(approval: Partial<ApprovalPolicy>) {
  return flightsDefinition({ approval: { ...flightsDefinition().approval, ...approval } });
}

const keys = policyOf({ quorum: 2, approvers: [anna, berta].map(approverOf), unsigned: 'refuse' });

type ReceiptOf = SignalDirectory['receiptOf'];
const receivedInTime: ReceiptOf = () => Promise.resolve({ sender: 'client a test', receivedAt: hour(50) });

async function desk(ledger: LedgerBuilder = asked(), definition = keys, receiptOf: ReceiptOf = receivedInTime) {
  world = await ActivityWorld.create(ledger, definition);
  const signals = { receiptOf };
  const { judgeDecision } = createDecisionActivities({ ...world.services, signals });
  return (message: HeardDecision, run = 'r2', at = 50) =>
    judgeDecision({ promotion: plan, message, awaitedDigest, deadlineAt: hour(72), stamp: stampOf(run, at) });
}

async function lastDecision(): Promise<DecisionReceived> {
  return (await world.lastEvent()) as DecisionReceived;
}

describe('a signed approval', () => {
  it('is verified and kept with the key, the nonce, the signature, the sender and the policy that judged it', async () => {
    const judge = await desk();
    const message = signedBy(anna);
    expect(await judge(message)).toMatchObject({
      accepted: true,
      identity: 'verified',
      isSettled: false,
      standing: { quorum: 2, approvedBy: ['Anna'], asked: ['Berta'], barred: ['Rita', 'Tom'] },
    });
    expect(await lastDecision()).toMatchObject({
      by: 'Anna',
      accepted: true,
      identity: 'verified',
      key: fingerprintOf(anna.publicKey),
      nonce: message.nonce,
      signature: message.signature,
      principal: 'client a test',
      receivedAt: hour(50),
      quorum: 2,
      definitionDigest: (await world.definitions.load()).digest,
    });
  });

  it('settles it when it is the last of the quorum, and the ledger then lets the champion change', async () => {
    const judge = await desk();
    await judge(signedBy(anna));
    const tooEarly = world.append(changed('p2', 'a', 'b', (await world.records()).length), 'too early', hour(51));
    await expect(tooEarly).rejects.toThrow('an accepted approval of the report');
    expect(await judge(signedBy(berta, {}, { signalIndex: 2 }))).toMatchObject({ accepted: true, isSettled: true });
    await world.append(changed('p2', 'a', 'b', (await world.records()).length), 'champion', hour(52));
    expect((await world.state()).champion?.version).toBe('2');
  });

  it('may name the beginning of the digest: what is signed is all of it', async () => {
    const judge = await desk();
    const message = { ...signedBy(anna), reportDigest: awaitedDigest.slice(0, 8) };
    expect(await judge(message)).toMatchObject({ accepted: true, identity: 'verified' });
  });

  it.each<[string, HeardDecision, string]>([
    ['signed for another promotion', signedBy(anna, { promotionId: 'p1' }), 'bad-signature'],
    ['signed for another pipeline', signedBy(anna, { pipeline: 'parcels' }), 'bad-signature'],
    [
      'signed for another report',
      signedBy(anna, { reportDigest: digest('x') }, { reportDigest: awaitedDigest }),
      'bad-signature',
    ],
    ['signed as a rejection', signedBy(anna, { decision: 'reject' }, { decision: 'approve' }), 'bad-signature'],
    ['with another reason than was signed', signedBy(anna, {}, { reason: 'because' }), 'bad-signature'],
    ['with another nonce than was signed', signedBy(anna, {}, { nonce: 'another-nonce-123' }), 'bad-signature'],
    ['signed by another approver', signedBy(berta, { by: 'Anna' }), 'bad-signature'],
    ['by a key that is not in the policy', signedBy(zoe), 'unknown-approver'],
    ['without any signature', claimedBy('Anna'), 'unsigned'],
  ])('$0 does not count: $2', async (_, message, refusal) => {
    const judge = await desk();
    expect(await judge(message)).toMatchObject({ accepted: false, isSettled: false, refusal });
    expect(await lastDecision()).toMatchObject({ accepted: false, refusal, identity: 'claimed' });
  });

  it.each(['Rita', 'Tom'])('by %s, who asked for it or trained it, does not count', async (name) => {
    const holder = keyHolder(name);
    const definition = policyOf({ quorum: 1, approvers: [holder, berta].map(approverOf), unsigned: 'refuse' });
    const judge = await desk(asked(), definition);
    const refusal = { Rita: 'requester', Tom: 'trainer' }[name];
    expect(await judge(signedBy(holder))).toMatchObject({ accepted: false, refusal, identity: 'verified' });
  });

  it('counts once: the very same message again is a replay, whichever run hears it', async () => {
    const judge = await desk();
    await judge(signedBy(anna));
    for (const run of ['r2', 'r3']) {
      expect(await judge(signedBy(anna, {}, { signalIndex: 2 }), run)).toMatchObject({ refusal: 'replayed' });
    }
    expect(await judge(signedBy(anna, { nonce: 'a-new-nonce-of-Anna' }, { signalIndex: 3 }))).toMatchObject({
      refusal: 'twice',
    });
  });

  it('that was refused cannot be sent again with its nonce', async () => {
    let receivedAt = hour(72);
    const judge = await desk(asked(), keys, () => Promise.resolve({ sender: null, receivedAt }));
    expect(await judge(signedBy(anna), 'r2', 72)).toMatchObject({ refusal: 'after-deadline' });
    receivedAt = hour(50);
    expect(await judge(signedBy(anna, {}, { signalIndex: 2 }))).toMatchObject({ refusal: 'replayed' });
  });

  it('of a key that was taken out of the policy while the promotion waits does not count', async () => {
    const judge = await desk();
    world.definitions.current = policyOf({ quorum: 1, approvers: [berta].map(approverOf), unsigned: 'refuse' });
    expect(await judge(signedBy(anna))).toMatchObject({ refusal: 'unknown-approver' });
    expect(await judge(signedBy(berta, {}, { signalIndex: 2 }))).toMatchObject({ accepted: true, isSettled: true });
  });
});

describe('a decision that is read after the deadline', () => {
  const oneMsBefore = new Date(Date.parse(hour(72)) - 1).toISOString();

  it.each<[string, string, string | undefined]>([
    ['in time', hour(60), undefined],
    ['one millisecond before it', oneMsBefore, undefined],
    ['exactly at it', hour(72), 'after-deadline'],
    ['after it', hour(73), 'after-deadline'],
  ])('counts as the server had it: $0', async (_, receivedAt, refusal) => {
    const judge = await desk(asked(), policyOf({}), () => Promise.resolve({ sender: null, receivedAt }));
    const judged = await judge(claimedBy('Anna'), 'r2', 80);
    expect(judged).toMatchObject({ accepted: refusal === undefined });
    expect(judged.refusal).toBe(refusal);
    expect(await lastDecision()).toMatchObject({ receivedAt });
  });

  it('is too late where the server has no receipt of it', async () => {
    const judge = await desk(asked(), policyOf({}), () => Promise.resolve(null));
    expect(await judge(claimedBy('Anna'), 'r2', 72)).toMatchObject({ refusal: 'after-deadline' });
    expect(await lastDecision()).not.toHaveProperty('receivedAt');
  });

  it('waits for a server that does not answer; one that is read in time, or an abort, does not', async () => {
    const judge = await desk(asked(), policyOf({}), () => Promise.reject(new Error('the server is away')));
    await expect(judge(claimedBy('Anna'), 'r2', 72)).rejects.toThrow('the server is away');
    expect(await judge(claimedBy('Anna'), 'r2', 71)).toMatchObject({ accepted: true });
    const abort = claimedBy('Zoe', { decision: 'abort', reportDigest: null });
    expect(await judge(abort, 'r2', 72)).toMatchObject({ accepted: true });
  });
});

describe('the same decision judged again', () => {
  it('after a lost answer finds its record and writes no other', async () => {
    const judge = await desk();
    const first = await judge(signedBy(anna));
    const { length } = await world.records();
    world.definitions.current = policyOf({ quorum: 1, approvers: [], unsigned: 'accept' });
    expect(await judge(signedBy(anna))).toMatchObject({ accepted: true, note: first.note });
    expect(await world.records()).toHaveLength(length);
  });

  it('by two runs at the same time counts once', async () => {
    const judge = await desk();
    const both = await Promise.all([judge(signedBy(anna), 'r2'), judge(signedBy(anna), 'r3')]);
    expect(both.map(({ accepted }) => accepted).sort()).toEqual([false, true]);
    expect(both.find(({ accepted }) => !accepted)?.refusal).toBe('replayed');
  });
});

it.each<CrashPoint>(['before-decision', 'after-decision'])('a decision counts once after a death %s', async (point) => {
  const judge = await desk();
  vi.stubEnv('GAUNTLET_CRASH_AT', point);
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw new Error('killed');
  });
  await expect(judge(signedBy(anna))).rejects.toThrow('killed');
  vi.unstubAllEnvs();
  expect(await judge(signedBy(anna))).toMatchObject({ accepted: true, identity: 'verified' });
  const decisions = (await world.records()).filter(({ event }) => event.type === 'decision-received');
  expect(decisions.filter(({ actor }) => actor.name === 'Anna')).toHaveLength(1);
});

describe('a definition that cannot be read', () => {
  it('lets nobody approve, and anybody abort', async () => {
    const judge = await desk();
    world.definitions.load = () =>
      Promise.reject(new PermanentFailure('INVALID_DEFINITION', 'in the middle of an edit'));
    expect(await judge(signedBy(anna))).toMatchObject({ refusal: 'policy-unreadable' });
    expect(await judge(claimedBy('Zoe', { decision: 'abort' }))).toMatchObject({ accepted: true, isSettled: true });
  });
});

describe('an abort', () => {
  it('signed by an approver is verified', async () => {
    const judge = await desk();
    expect(await judge(signedBy(anna, { decision: 'abort', reportDigest: null }))).toMatchObject({
      accepted: true,
      identity: 'verified',
    });
  });

  it('after the change of champion is kept as one that does not count', async () => {
    const ledger = asked().append(decided('p2', 'approve'));
    const judge = await desk(ledger.append(changed('p2', 'a', 'b', ledger.state.head.number)));
    const abort = claimedBy('Zoe', { decision: 'abort', reportDigest: null });
    expect(await judge(abort)).toMatchObject({ accepted: false, refusal: 'after-change' });
    expect(await lastDecision()).toMatchObject({ decision: 'abort', accepted: false, refusal: 'after-change' });
  });
});

describe('an approval and an abort at the same time', () => {
  it('leave the champion as it was, whoever wins the race', async () => {
    const judge = await desk(asked(), policyOf({}));
    await Promise.all([judge(claimedBy('Anna')), judge(claimedBy('Berta', { decision: 'abort', reportDigest: null }))]);
    const change = changed('p2', 'a', 'b', (await world.records()).length);
    await expect(world.append(change, 'champion', hour(60))).rejects.toThrow('approval');
    await world.append(closed('p2', 'b', 'aborted'), 'closed', hour(61));
    expect((await world.state()).champion?.version).toBe('1');
  });
});

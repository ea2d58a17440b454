import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedgerAfresh } from '../../../activities/ledger/read-ledger.js';
import { createDecisionActivities } from '../../../activities/promotion/decision-activities.js';
import { checkSignatures } from '../../../activities/verify/check-signatures.js';
import { canonicalJson } from '../../../contracts/digest.js';
import type { DecisionReceived } from '../../../domain/ledger/decision-events.js';
import type { LedgerRecord } from '../../../domain/ledger/record.js';
import type { ChainedRecord } from '../../../domain/ledger/state.js';
import type { ApprovalPolicy } from '../../../domain/promotion/approval-policy.js';
import type { HeardDecision } from '../../../domain/promotion/decision-message.js';
import { checkApprovalTimes, checkQuorum, checkVerifiedIdentities } from '../../../domain/verify/approval-checks.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { approverOf, claimedBy, keyHolder, signedBy } from '../../support/approvers.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import {
  changed,
  digest,
  evaluated,
  hour,
  LedgerBuilder,
  opened,
  pipeline,
  registered,
  requested,
} from '../../support/ledger.js';
import { promotionPlan } from '../../support/workflow-fakes.js';

const anna = keyHolder('Anna');
const berta = keyHolder('Berta');
const awaitedDigest = digest('report p2');

let world: ActivityWorld;
let records: readonly ChainedRecord[];
afterEach(() => world.remove());

/** `b` is champion, after these decisions under this policy; judged and recorded by the real activity. */
async function promoted(policy: Partial<ApprovalPolicy>, ...messages: HeardDecision[]): Promise<void> {
  const definition = flightsDefinition({ approval: { ...flightsDefinition().approval, ...policy } });
  const ledger = new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'), { actor: { name: 'Tom', kind: 'person' } })
    .append(opened('p2', 'b'), { actor: { name: 'Rita', kind: 'person' } })
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'));
  world = await ActivityWorld.create(ledger, definition);
  const loaded = await world.definitions.load();
  await world.store.createIfAbsent(`definitions/${loaded.digest}/definition.json`, canonicalJson(definition));
  const { judgeDecision } = createDecisionActivities({
    ...world.services,
    signals: { receiptOf: () => Promise.resolve(null) },
  });
  const promotion = { ...promotionPlan, promotionId: 'p2' };
  for (const [index, message] of messages.entries()) {
    const heard = { ...message, signalIndex: index + 1 };
    const asked = { promotion, message: heard, awaitedDigest, deadlineAt: hour(72), stamp: stampOf('r2', 50) };
    expect(await judgeDecision(asked)).toMatchObject({ accepted: true });
  }
  await world.append(changed('p2', 'a', 'b', (await world.records()).length), 'champion', hour(51));
  records = (await readLedgerAfresh(world.store, pipeline)).records;
}

/** The ledger with something else in the first approval of `p2`, whatever its chain says. */
function forged(change: Partial<DecisionReceived>, around: Partial<LedgerRecord> = {}): readonly ChainedRecord[] {
  const number = records.findIndex(
    ({ record: { event } }) => event.type === 'decision-received' && event.promotionId === 'p2',
  );
  return records.map((chained, index) => {
    if (index !== number) return chained;
    const event = { ...chained.record.event, ...change } as DecisionReceived;
    return { ...chained, record: { ...chained.record, ...around, event } };
  });
}

async function fieldsOf(ledger: readonly ChainedRecord[]): Promise<readonly string[]> {
  const checks = [
    checkQuorum(ledger),
    checkApprovalTimes(ledger),
    checkVerifiedIdentities(ledger),
    await checkSignatures(world.store, ledger),
  ];
  return checks.flatMap(({ problems }) => problems.map(({ field }) => field.replace(/^record \d+: /, '')));
}

describe('a promotion by two signed approvals', () => {
  beforeEach(() =>
    promoted(
      { quorum: 2, approvers: [anna, berta].map(approverOf), unsigned: 'refuse' },
      signedBy(anna),
      signedBy(berta),
    ),
  );

  it('passes', async () => {
    expect(await fieldsOf(records)).toEqual([]);
    expect((await checkSignatures(world.store, records)).checked).toBe(2);
  });

  it.each<[string, Partial<DecisionReceived>, Partial<LedgerRecord>, readonly string[]]>([
    ['another reason', {}, { reason: 'because' }, ['signature']],
    ['another name', { by: 'Berta' }, {}, ['approvals', 'key', 'signature']],
    ['a name that the policy does not have', { by: 'Zoe' }, {}, ['by']],
    ['another key', { key: digest('a key') }, {}, ['key']],
    ['another nonce', { nonce: 'another-nonce-1234' }, {}, ['signature']],
    ['another signature', { signature: 'AAAA' }, {}, ['signature']],
    ['a claim in place of a signature', { identity: 'claimed' }, {}, ['identity']],
    ['another quorum', { quorum: 1 }, {}, ['quorum']],
    ['a time that is the deadline', {}, { at: hour(72) }, ['at']],
    ['a receipt that is of the deadline', { receivedAt: hour(72) }, {}, ['receivedAt']],
    ['another report', { reportDigest: digest('another') }, {}, ['approvals', 'reportDigest', 'signature']],
    [
      'a definition that is not there',
      { definitionDigest: digest('none') },
      {},
      [`definitions/${digest('none')}/definition.json`],
    ],
  ])('is found out with %s in its first approval', async (_, change, around, fields) => {
    expect(await fieldsOf(forged(change, around))).toEqual(fields);
  });

  it('passes with an approval that the server had in time, however late it was read', async () => {
    expect(await fieldsOf(forged({ receivedAt: hour(71.999) }, { at: hour(100) }))).toEqual([]);
  });

  it('is found out when nobody was asked, or when it is called verified and has no signature', async () => {
    const unasked = records.map((chained) => {
      const { event } = chained.record;
      if (event.type !== 'approval-requested' || event.promotionId !== 'p2') return chained;
      return { ...chained, record: { ...chained.record, event: { ...event, reportDigest: digest('another') } } };
    });
    expect(await fieldsOf(unasked)).toEqual(['reportDigest', 'reportDigest']);
    const unsigned = forged({ accepted: false, refusal: 'after-deadline' }).map((chained) => {
      const { event } = chained.record;
      if (event.type !== 'decision-received' || event.accepted) return chained;
      const without = JSON.parse(JSON.stringify({ ...event, signature: undefined })) as DecisionReceived;
      return { ...chained, record: { ...chained.record, event: without } };
    });
    expect(await fieldsOf(unsigned)).toEqual(['approvals', 'signature']);
  });

  it('is found out when an approval behind it names no policy, as those of older versions do', async () => {
    const last = records.findLastIndex(({ record }) => record.event.type === 'decision-received');
    const stripped = records.map((chained, index) => {
      if (index !== last) return chained;
      const { type, promotionId, decision, by, reportDigest, accepted, note } = chained.record
        .event as DecisionReceived;
      const event = { type, promotionId, decision, by, reportDigest, accepted, note };
      return { ...chained, record: { ...chained.record, event } };
    });
    expect(await fieldsOf(stripped)).toEqual(['definitionDigest']);
  });

  it('is found out when the definition in the store has another key than its digest names', async () => {
    const { digest: name } = await world.definitions.load();
    const path = `definitions/${name}/definition.json`;
    const text = new TextDecoder().decode((await world.store.read(path)) ?? undefined);
    const other = text.replace(anna.publicKey, keyHolder('Eve').publicKey);
    const store = {
      read: (asked: string) => Promise.resolve(asked === path ? new TextEncoder().encode(other) : null),
    };
    const { problems } = await checkSignatures(store as unknown as typeof world.store, records);
    expect(problems.map(({ field }) => field.replace(/^record \d+: /, ''))).toContain(path);
  });
});

describe('a promotion by a claimed approval', () => {
  beforeEach(() => promoted({}, claimedBy('Anna')));

  it('passes where the policy accepts it', async () => {
    expect(await fieldsOf(records)).toEqual([]);
  });

  it.each(['Rita', 'tom'])('is found out when it is by %s, who asked for it or trained the version', async (by) => {
    expect(await fieldsOf(forged({ by }))).toEqual([expect.stringContaining('approval of record') as string]);
  });
});

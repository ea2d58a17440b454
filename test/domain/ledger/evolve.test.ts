import { describe, expect, it } from 'vitest';
import { evolve, foldLedger } from '../../../domain/ledger/evolve.js';
import {
  championAt,
  championOfEpoch,
  decideAlias,
  decisionInForce,
  newestEligibleChallenger,
} from '../../../domain/ledger/questions.js';
import { isPinRevoked } from '../../../domain/ledger/revocation.js';
import { emptyLedger } from '../../../domain/ledger/state.js';
import {
  closed,
  decided,
  digest,
  evaluated,
  hour,
  LedgerBuilder,
  model,
  opened,
  registered,
  requested,
  rolledBack,
} from '../../support/ledger.js';

const projected = (letter: string, changeNumber: number) =>
  ({ type: 'alias-projected', alias: 'champion', model: model(letter), changeNumber }) as const;

describe('the fold', () => {
  it('gives the empty ledger for no records', () => {
    expect(foldLedger([])).toBe(emptyLedger);
  });

  it('is the same from the start and from any point in between', () => {
    const { records, state } = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
    for (let cut = 0; cut <= records.length; cut++) {
      expect(foldLedger(records.slice(cut), foldLedger(records.slice(0, cut)))).toEqual(state);
    }
  });

  it('leaves the state it came from as it was', () => {
    const { records } = new LedgerBuilder().promote('p1', null, 'a');
    const before = foldLedger(records.slice(0, 3));
    const copy = structuredClone(before);
    for (const record of records.slice(3)) evolve(before, record);
    expect(before).toEqual(copy);
  });

  it('counts epochs by changes of champion and keeps who, when and why', () => {
    const { state } = new LedgerBuilder()
      .promote('p1', null, 'a')
      .promote('p2', 'a', 'b')
      .append(rolledBack('r', 'b', 'a'), { at: hour(50) });
    expect(state.decisionEpoch).toBe(3);
    expect(state.championHistory.map(({ epoch, model: { version }, cause }) => [epoch, version, cause])).toEqual([
      [1, '1', 'bootstrap'],
      [2, '2', 'promotion'],
      [3, '1', 'rollback'],
    ]);
    expect(state.championHistory[2]).toMatchObject({ since: hour(50), decisionId: 'r', reportDigest: null });
  });

  it('follows a promotion from opened to closed', () => {
    const builder = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
    expect(builder.state.openPromotion).toMatchObject({
      promotionId: 'p2',
      status: 'open',
      report: null,
      request: null,
    });
    builder.append(evaluated('p2', 'b', 'a', 1)).append(requested('p2'));
    builder.append({ type: 'approval-notified', promotionId: 'p2', reportDigest: digest('report p2') });
    expect(builder.state.openPromotion).toMatchObject({
      report: { verdict: 'pass', recordNumber: 10 },
      request: { reportDigest: digest('report p2'), deadlineAt: hour(72), recordNumber: 11 },
      notifiedDigests: [digest('report p2')],
    });
    builder.append(decided('p2', 'reject')).append(closed('p2', 'b', 'rejected'));
    expect(builder.state.openPromotion).toBeNull();
    expect(builder.state.promotions.get('p2')).toMatchObject({ status: 'closed', outcome: 'rejected', change: null });
  });

  it('keeps a projection pending until its own change is projected', () => {
    const builder = new LedgerBuilder().promote('p1', null, 'a');
    const first = builder.state.championHistory[0]?.recordNumber ?? 0;
    expect(builder.state.pendingProjection).toMatchObject({ recordNumber: first });
    builder.append(projected('a', first));
    expect(builder.state.pendingProjection).toBeNull();
    builder.promote('p2', 'a', 'b').append(projected('a', first));
    expect(builder.state.pendingProjection).toMatchObject({ model: model('b') });
  });
});

describe('the previous champion', () => {
  const abc = (): LedgerBuilder =>
    new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').promote('p3', 'b', 'c');

  it('is nobody under the first champion', () => {
    expect(new LedgerBuilder().promote('p1', null, 'a').state.previousChampion).toBeNull();
  });

  it('is the one before', () => {
    expect(abc().state.previousChampion).toEqual(model('b'));
  });

  it('is never the one that a rollback took back', () => {
    expect(abc().append(rolledBack('r', 'c', 'b')).state.previousChampion).toEqual(model('a'));
    expect(
      abc()
        .append(rolledBack('r', 'c', 'b'))
        .append(rolledBack('s', 'b', 'a')).state.previousChampion,
    ).toBeNull();
  });
});

describe('a revocation', () => {
  const { state } = new LedgerBuilder()
    .promote('p1', null, 'a')
    .promote('p2', 'a', 'b')
    .append(rolledBack('r', 'b', 'a'));

  it.each([
    ['reaches pins of the model from before the rollback', 'b', 2, true],
    ['does not reach pins of the rollback’s own epoch', 'b', 3, false],
    ['does not reach other models', 'a', 1, false],
  ])('%s', (_rule, letter, decisionEpoch, revoked) => {
    expect(isPinRevoked(state, { modelDigest: model(letter).modelDigest, decisionEpoch })).toBe(revoked);
  });

  it('takes back what a challenger served in its rollout, and nothing of an earlier term as champion', () => {
    const modelDigest = model('a').modelDigest;
    const state = { revocations: [{ modelDigest, fromEpoch: 3, atEpoch: 5 }] };
    const revokedAt = (decisionEpoch: number): boolean => isPinRevoked(state, { modelDigest, decisionEpoch });
    expect([1, 2, 3, 4, 5].map(revokedAt)).toEqual([false, false, true, true, false]);
  });
});

describe('who was champion', () => {
  const { state } = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
  const [first, second] = state.championHistory.map(({ since }) => since);

  it('is nobody before the first term, and each from its first instant', () => {
    expect(championAt(state, hour(0))).toBeNull();
    expect(championAt(state, first ?? '')?.model).toEqual(model('a'));
    expect(championAt(state, second ?? '')?.model).toEqual(model('b'));
    expect(championAt(state, hour(1000))?.model).toEqual(model('b'));
  });

  it('is known by epoch, which begins at 1', () => {
    expect([0, 1, 2, 3].map((epoch) => championOfEpoch(state, epoch)?.model.version ?? null)).toEqual([
      null,
      '1',
      '2',
      null,
    ]);
  });
});

describe('the newest eligible challenger', () => {
  const champion = (): LedgerBuilder => new LedgerBuilder().append(registered('z')).promote('p1', null, 'a');
  const tried = (outcome: 'refused' | 'expired'): LedgerBuilder =>
    champion()
      .append(registered('b'))
      .append(registered('c'))
      .append(opened('p', 'c'))
      .append(closed('p', 'c', outcome));

  it.each<[string, LedgerBuilder, string | null]>([
    ['is nobody when nothing was registered after the champion', champion(), null],
    ['is the newest registration', champion().append(registered('b')).append(registered('c')), '3'],
    ['is not one that was refused', tried('refused'), '2'],
    ['may be one whose approval expired', tried('expired'), '3'],
    [
      'is not one that was rolled back',
      champion()
        .promote('p2', 'a', 'b')
        .append(rolledBack('r', 'b', 'a')),
      null,
    ],
  ])('%s', (_rule, { state }, version) => {
    expect(newestEligibleChallenger(state)?.model.version ?? null).toBe(version);
  });
});

describe('the decision in force', () => {
  const open = (): LedgerBuilder =>
    new LedgerBuilder()
      .promote('p1', null, 'a')
      .append(registered('b'))
      .append(opened('p', 'b'))
      .append(evaluated('p', 'b', 'a', 1));
  const inForce = ({ state }: LedgerBuilder): string | null =>
    state.openPromotion === null ? null : (decisionInForce(state.openPromotion)?.decision ?? null);

  it.each<[string, LedgerBuilder, string | null]>([
    ['is none while nobody decided', open(), null],
    ['is none while nothing counted', open().append(decided('p', 'approve', { accepted: false })), null],
    ['is the accepted approval', open().append(decided('p', 'approve')), 'approve'],
    ['is the abort after an approval', open().append(decided('p', 'approve')).append(decided('p', 'abort')), 'abort'],
    [
      'is none when the gates were measured again',
      open()
        .append(decided('p', 'approve'))
        .append(evaluated('p', 'b', 'a', 1, { reportDigest: digest('newer') })),
      null,
    ],
  ])('%s', (_rule, builder, decision) => {
    expect(inForce(builder)).toBe(decision);
  });
});

describe('the registry alias', () => {
  const first = (): LedgerBuilder => new LedgerBuilder().promote('p1', null, 'a');
  const numberOf = (builder: LedgerBuilder): number => builder.state.championHistory.at(-1)?.recordNumber ?? 0;
  const settled = (): LedgerBuilder => first().append(projected('a', numberOf(first())));
  const second = (): LedgerBuilder => settled().promote('p2', 'a', 'b');
  const back = (): LedgerBuilder => second().append(rolledBack('r', 'b', 'a'));
  const abc = (): LedgerBuilder => second().promote('p3', 'b', 'c');

  it.each<[string, LedgerBuilder, string | null, object]>([
    ['has nothing to follow without a champion', new LedgerBuilder(), null, { status: 'no-champion' }],
    ['that was never set is pending', first(), null, { status: 'pending', target: model('a') }],
    ['that equals the head is in step', settled(), '1', { status: 'in-step', recorded: true }],
    ['that equals the head but is not recorded says so', first(), '1', { status: 'in-step', recorded: false }],
    ['that equals the last projection is pending', second(), '1', { status: 'pending', target: model('b') }],
    ['that equals an unrecorded change in between is pending', back(), '2', { status: 'pending', target: model('a') }],
    ['that skipped a change is pending', abc(), '1', { status: 'pending', target: model('c') }],
    ['that equals neither was moved elsewhere', second(), '9', { status: 'moved-elsewhere', foundVersion: '9' }],
    [
      'that is gone was moved elsewhere',
      first().append(projected('a', numberOf(first()))),
      null,
      { status: 'moved-elsewhere' },
    ],
    ['that went back after its projection was moved elsewhere', settled(), '0', { status: 'moved-elsewhere' }],
  ])('%s', (_rule, { state }, found, expected) => {
    expect(decideAlias({ state, found })).toMatchObject(expected);
  });

  it('set by a late request after the rollback was projected was moved elsewhere', () => {
    const builder = back();
    builder.append(projected('a', numberOf(builder)));
    expect(decideAlias({ state: builder.state, found: '2' }).status).toBe('moved-elsewhere');
  });
});

it('a promoted challenger closes its promotion with the epoch it made', () => {
  const { state } = new LedgerBuilder().promote('p1', null, 'a');
  expect(state.promotions.get('p1')?.change).toEqual({ epoch: 1, recordNumber: 6 });
});

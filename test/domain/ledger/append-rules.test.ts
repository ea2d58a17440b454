import { describe, expect, it } from 'vitest';
import { decideAppend } from '../../../domain/ledger/append-rules.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import type { LedgerState } from '../../../domain/ledger/state.js';
import {
  changed,
  closed,
  day,
  decided,
  digest,
  entryOf,
  evaluated,
  hour,
  LedgerBuilder,
  model,
  opened,
  registered,
  requested,
  rolledBack,
} from '../../support/ledger.js';

/** Fields that an event is refused for; empty when it is taken. */
function refusedFor(state: LedgerState, event: LedgerEvent, at = hour(24)): readonly string[] {
  const decision = decideAppend(state, entryOf(event, { at }));
  return decision.status === 'ok' ? [] : decision.problems.map(({ field }) => field);
}

const withChampion = (): LedgerBuilder => new LedgerBuilder().promote('first', null, 'a');
const withChallenger = (): LedgerBuilder => withChampion().append(registered('b'));
const withOpen = (): LedgerBuilder => withChallenger().append(opened('p', 'b'));
const withReport = (): LedgerBuilder => withOpen().append(evaluated('p', 'b', 'a', 1));
const withRequest = (): LedgerBuilder => withReport().append(requested('p'));
const withApproval = (): LedgerBuilder => withRequest().append(decided('p', 'approve'));
const withSecond = (): LedgerBuilder => withChampion().promote('second', 'a', 'b');

describe('opening a promotion', () => {
  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['takes a registered challenger', withChallenger, opened('p', 'b'), []],
    [
      'refuses a second one while another is open',
      () => withOpen().append(registered('c')),
      opened('q', 'c'),
      ['promotion'],
    ],
    ['refuses an id that was used', withChallenger, opened('first', 'b'), ['promotionId']],
    ['refuses a model that nobody registered', withChampion, opened('p', 'x'), ['challenger.modelDigest']],
    ['refuses the champion itself', withChampion, opened('p', 'a'), ['challenger.modelDigest']],
    ['refuses a bootstrap beside a champion', withChallenger, opened('p', 'b', 'bootstrap'), ['champion']],
    [
      'refuses a promotion without a champion',
      () => new LedgerBuilder().append(registered('a')),
      opened('p', 'a'),
      ['champion'],
    ],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });
});

describe('gates', () => {
  it.each<[string, LedgerEvent, readonly string[]]>([
    ['are taken for the challenger, champion and epoch of now', evaluated('p', 'b', 'a', 1), []],
    ['are refused for another promotion', evaluated('q', 'b', 'a', 1), ['promotionId']],
    ['are refused for another challenger', evaluated('p', 'c', 'a', 1), ['challengerDigest']],
    ['are refused against another champion', evaluated('p', 'b', null, 1), ['championDigest']],
    ['are refused for an earlier epoch', evaluated('p', 'b', 'a', 0), ['decisionEpoch']],
    ['do not pass with no checks', evaluated('p', 'b', 'a', 1, { checks: [] }), ['verdict']],
    [
      'do not pass with an inconclusive check',
      evaluated('p', 'b', 'a', 1, { checks: [{ name: 'n', verdict: 'inconclusive', why: '' }] }),
      ['verdict'],
    ],
  ])('%s', (_rule, event, fields) => {
    expect(refusedFor(withOpen().state, event)).toEqual(fields);
  });
});

describe('an approval', () => {
  const refusedReport = (): LedgerBuilder => withOpen().append(evaluated('p', 'b', 'a', 1, { verdict: 'fail' }));
  const remeasured = (): LedgerBuilder =>
    withApproval().append(evaluated('p', 'b', 'a', 1, { reportDigest: digest('newer') }));

  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['is asked for the latest passing report', withReport, requested('p'), []],
    ['is not asked for a failed report', refusedReport, requested('p'), ['report.verdict']],
    ['counts when it names the latest report', withRequest, decided('p', 'approve'), []],
    [
      'does not count for another report',
      withRequest,
      decided('p', 'approve', { reportDigest: digest('x') }),
      ['reportDigest'],
    ],
    ['does not count for a failed report', refusedReport, decided('p', 'approve'), ['report.verdict']],
    ['does not count without a name', withRequest, decided('p', 'approve', { by: '' }), ['by']],
    ['does not count after another decision', withApproval, decided('p', 'approve', { by: 'Bob' }), ['decision']],
    [
      'is recorded all the same when it does not count',
      withApproval,
      decided('p', 'approve', { by: 'Bob', accepted: false }),
      [],
    ],
    ['of an older report is void', remeasured, decided('p', 'approve'), ['reportDigest']],
    ['of a newer report counts again', remeasured, decided('p', 'approve', { reportDigest: digest('newer') }), []],
    ['can be overruled by an abort before the change', withApproval, decided('p', 'abort'), []],
    ['cannot be overruled by a rejection', withApproval, decided('p', 'reject'), ['decision']],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });

  it('counts until the report is too old, that instant included', () => {
    const { state } = withRequest();
    expect(refusedFor(state, decided('p', 'approve'), hour(168))).toEqual([]);
    expect(refusedFor(state, decided('p', 'approve'), hour(168.001))).toEqual(['at']);
  });

  it('that is read later counts by when the server had it', () => {
    const { state } = withRequest();
    const receivedAt = (at: string) => decided('p', 'approve', { receivedAt: at });
    expect(refusedFor(state, receivedAt(hour(167)), hour(200))).toEqual([]);
    expect(refusedFor(state, receivedAt(hour(168.001)), hour(200))).toEqual(['at']);
  });
});

describe('a change of champion', () => {
  const approvedAt = withApproval().state.head.number;
  const change = (overrides = {}): LedgerEvent => changed('p', 'a', 'b', approvedAt, overrides);
  const aborted = (): LedgerBuilder => withApproval().append(decided('p', 'abort'));
  const overtaken = (): LedgerBuilder =>
    withSecond()
      .append(registered('c'))
      .append(opened('p', 'c'))
      .append(evaluated('p', 'c', 'b', 2))
      .append(requested('p'));

  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['is taken with a passing report and its approval', withApproval, change(), []],
    ['must start from the champion', withApproval, change({ from: model('z') }), ['from']],
    ['must lead to the challenger', () => withApproval().append(registered('c')), change({ to: model('c') }), ['to']],
    ['needs an approval', withRequest, change(), ['approval', 'approvalNumber']],
    ['needs the number of that approval', withApproval, change({ approvalNumber: approvedAt - 1 }), ['approvalNumber']],
    ['needs the report that was approved', withApproval, change({ reportDigest: digest('x') }), ['reportDigest']],
    ['is refused after an abort', aborted, change(), ['approval', 'approvalNumber']],
    ['is refused in the name of a closed promotion', withSecond, changed('second', 'b', 'a', 1), ['decisionId']],
    ['revokes nothing in a promotion', withApproval, change({ revokedDigests: [digest('x')] }), ['revokedDigests']],
    [
      'happens once per promotion',
      () => withApproval().append(change()),
      changed('p', 'b', 'a', approvedAt),
      ['to', 'decisionId', 'report.decisionEpoch'],
    ],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });

  it('is refused when a rollback came between the report and the approval', () => {
    const builder = overtaken().append(decided('p', 'approve'));
    const approval = builder.state.head.number;
    builder.append(rolledBack('r', 'b', 'a'));
    expect(refusedFor(builder.state, changed('p', 'a', 'c', approval))).toEqual(['report.decisionEpoch']);
  });

  it('is refused once the approved report is too old', () => {
    expect(refusedFor(withApproval().state, change(), hour(168))).toEqual([]);
    expect(refusedFor(withApproval().state, change(), hour(169))).toEqual(['at']);
  });
});

describe('a rollback', () => {
  const third = (): LedgerBuilder =>
    withSecond()
      .append(rolledBack('r', 'b', 'a'))
      .promote('third', 'a', 'c');

  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['restores an earlier champion', withSecond, rolledBack('r', 'b', 'a'), []],
    [
      'does not lead to a model that never served',
      () => withSecond().append(registered('c')),
      rolledBack('r', 'b', 'c'),
      ['to'],
    ],
    ['does not lead to a model that was taken back itself', third, rolledBack('s', 'c', 'b'), ['to']],
    ['may lead past it to an older one', third, rolledBack('s', 'c', 'a'), []],
    [
      'must revoke what it leaves',
      withSecond,
      { ...rolledBack('r', 'b', 'a'), revokedDigests: [] },
      ['revokedDigests'],
    ],
    ['uses a new id', third, rolledBack('r', 'c', 'a'), ['decisionId']],
    ['stands on no report', withSecond, { ...rolledBack('r', 'b', 'a'), reportDigest: digest('x') }, ['reportDigest']],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });
});

describe('the end of a promotion', () => {
  const promoted = (): LedgerBuilder => {
    const builder = withApproval();
    return builder.append(changed('p', 'a', 'b', builder.state.head.number));
  };
  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['is "promoted" after the change', promoted, closed('p', 'b', 'promoted'), []],
    ['is not "promoted" without it', withApproval, closed('p', 'b', 'promoted'), ['outcome']],
    ['is nothing else after it', promoted, closed('p', 'b', 'refused'), ['outcome']],
    ['is "rejected" only by a rejection', withRequest, closed('p', 'b', 'rejected'), ['outcome']],
    ['may be "expired" while nobody decided', withRequest, closed('p', 'b', 'expired'), []],
    ['names its challenger', withReport, closed('p', 'c', 'refused'), ['challengerDigest']],
    [
      'comes once',
      () => withReport().append(closed('p', 'b', 'refused')),
      closed('p', 'b', 'refused'),
      ['promotionId'],
    ],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });
});

describe('facts beside promotions', () => {
  const projected = (letter: string, changeNumber: number): LedgerEvent => ({
    type: 'alias-projected',
    alias: 'champion',
    model: model(letter),
    changeNumber,
  });
  const replaced = (rollbackId: string): LedgerEvent => ({
    type: 'predictions-replaced',
    rollbackId,
    tableVersion: 3,
    windows: [],
    rowsReplaced: 0,
    decisionsChanged: 0,
    correctionFile: null,
  });
  const held = (start: string, end: string): LedgerEvent => ({
    type: 'window-held',
    window: { start, end },
    runIdentity: digest('run'),
    modelDigest: digest('model'),
    grounds: [],
  });
  const rolled = (): LedgerBuilder => withSecond().append(rolledBack('r', 'b', 'a'));
  const changeNumber = withChampion().state.championHistory[0]?.recordNumber ?? 0;

  it.each<[string, () => LedgerBuilder, LedgerEvent, readonly string[]]>([
    ['a projection names its change', withChampion, projected('a', changeNumber), []],
    ['a projection of no change is refused', withChampion, projected('a', 1), ['changeNumber']],
    ['a projection of another model is refused', withChampion, projected('b', changeNumber), ['model']],
    ['a replacement names its rollback', rolled, replaced('r'), []],
    ['a replacement without a rollback is refused', withSecond, replaced('r'), ['rollbackId']],
    ['a rollback replaces once', () => rolled().append(replaced('r')), replaced('r'), ['rollbackId']],
    ['a window begins before it ends', withChampion, held(day.start, day.end), []],
    ['a window that ends where it begins is refused', withChampion, held(day.start, day.start), ['window']],
    [
      'one registry version is one model',
      withChampion,
      { ...registered('b'), model: model('b', '1') } as LedgerEvent,
      ['model.version'],
    ],
  ])('%s', (_rule, given, event, fields) => {
    expect(refusedFor(given().state, event)).toEqual(fields);
  });
});

import { describe, expect, it } from 'vitest';
import { decideAppend } from '../../../domain/ledger/append-rules.js';
import { findingOf, findOutOfBandChange } from '../../../domain/ledger/alias-policy.js';
import type { AliasMovedElsewhere } from '../../../domain/ledger/registry-events.js';
import type { ChampionChanged } from '../../../domain/ledger/promotion-events.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import { checkChampionEpochs, checkLedgerRules, checkPromotionEvidence } from '../../../domain/verify/ledger-checks.js';
import { changed, entryOf, LedgerBuilder, model, opened, registered, rolledBack } from '../../support/ledger.js';

const moved: AliasMovedElsewhere = {
  type: 'alias-moved-elsewhere',
  alias: 'champion',
  expectedVersion: '1',
  foundVersion: '2',
  finding: 'moved',
};

const adopted: ChampionChanged = {
  ...changed('flights/adoption/9', 'a', 'b', 0),
  cause: 'adoption',
  reportDigest: null,
  approvalNumber: null,
};

/** Version 1 is champion; version 2 is registered, and the alias was found to name it. */
function found(): LedgerBuilder {
  return new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(moved);
}

function refusals(ledger: LedgerBuilder, event: LedgerEvent): readonly string[] {
  const decision = decideAppend(ledger.state, entryOf(event));
  return decision.status === 'ok' ? [] : decision.problems.map(({ field }) => field);
}

describe('an adoption', () => {
  it('follows an open finding of that version, and starts an epoch of its own', () => {
    const { state, records } = found().append(adopted);
    expect(state).toMatchObject({
      champion: model('b'),
      previousChampion: model('a'),
      decisionEpoch: 2,
      openFinding: null,
    });
    for (const check of [checkLedgerRules, checkChampionEpochs, checkPromotionEvidence])
      expect(check(records).problems).toEqual([]);
  });

  it('can be rolled back like any change of champion', () => {
    expect(
      found()
        .append(adopted)
        .append(rolledBack('r', 'b', 'a')).state.champion,
    ).toEqual(model('a'));
  });

  it.each<[string, LedgerBuilder, ChampionChanged, string]>([
    ['without a finding', new LedgerBuilder().promote('p1', null, 'a').append(registered('b')), adopted, 'to'],
    ['of another version than was found', found().append(registered('c')), { ...adopted, to: model('c') }, 'to'],
    ['of a version that nobody registered', new LedgerBuilder().promote('p1', null, 'a').append(moved), adopted, 'to'],
    ['while a promotion is open', found().append(opened('p2', 'b')), adopted, 'to'],
    ['with evidence', found(), { ...adopted, reportDigest: 'x' }, 'reportDigest'],
    ['with an approval', found(), { ...adopted, approvalNumber: 3 }, 'approvalNumber'],
    ['that revokes somebody', found(), { ...adopted, revokedDigests: [model('a').modelDigest] }, 'revokedDigests'],
    ['under an id that was used', found(), { ...adopted, decisionId: 'p1' }, 'decisionId'],
  ])('%s is refused', (_, ledger, event, field) => {
    expect(refusals(ledger, event)).toContain(field);
  });

  it('that somebody wrote without a finding is found by verify', () => {
    const { records } = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).force(entryOf(adopted));
    expect(checkPromotionEvidence(records).problems).toEqual([
      expect.objectContaining({
        field: expect.stringContaining('to') as string,
        found: 'version 2',
        expected: 'the version found: none',
      }),
    ]);
  });
});

describe('a finding', () => {
  it('is settled once, and only with what the champion is', () => {
    const ledger = found();
    const findingNumber = ledger.state.openFinding?.recordNumber ?? 0;
    const settled = { type: 'alias-settled', alias: 'champion', how: 'restored', findingNumber, version: '1' } as const;
    expect(refusals(ledger, { ...settled, version: '2' })).toEqual(['version']);
    expect(refusals(ledger, { ...settled, findingNumber: 1 })).toEqual(['findingNumber']);
    ledger.append(settled);
    expect(ledger.state.openFinding).toBeNull();
    expect(refusals(ledger, settled)).toEqual(['findingNumber']);
  });

  it('of a record from before there were several kinds is a moved or a deleted alias', () => {
    const { type, alias, expectedVersion, foundVersion } = moved;
    const older: AliasMovedElsewhere = { type, alias, expectedVersion, foundVersion };
    expect(findingOf(older)).toBe('moved');
    expect(findingOf({ ...older, foundVersion: null })).toBe('deleted');
  });

  it('is not made of an alias that still follows', () => {
    const { state } = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
    const sight = { hasModel: true, hasVersion: true };
    expect(findOutOfBandChange(state, { ...sight, aliasVersion: '1' })).toBeNull();
    expect(findOutOfBandChange(state, { ...sight, aliasVersion: null })).toBeNull();
    expect(findOutOfBandChange(state, { ...sight, aliasVersion: '3' })?.finding).toBe('moved');
    expect(findOutOfBandChange(state, { ...sight, hasVersion: false, aliasVersion: '1' })?.finding).toBe(
      'version-removed',
    );
  });

  it('is no bootstrap: without a champion there is nothing to find', () => {
    const sight = { aliasVersion: '9', hasModel: true, hasVersion: true };
    expect(findOutOfBandChange(new LedgerBuilder().state, sight)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import type { Event, LedgerRecord, Told } from '../../../adapters/promotion-bundle/bundle-ledger.js';
import { verifyClosing } from '../../../adapters/promotion-bundle/verify-closing.js';
import { verifyRollout } from '../../../adapters/promotion-bundle/verify-rollout.js';
import { model } from '../../support/ledger.js';

const challenger = model('b');
const opened: Event = { type: 'promotion-opened', promotionId: 'p', kind: 'promotion', challenger };
const decided = (decision: string): Event => ({
  type: 'decision-received',
  promotionId: 'p',
  decision,
  accepted: true,
});
const changed: Event = { type: 'champion-changed', decisionId: 'p', to: challenger };
const changedBack: Event = { type: 'champion-changed', decisionId: 'r', to: model('a') };
const step = (position: number, sharePercent = 0, salt = 'salt'): Event => {
  return { type: 'split-changed', promotionId: 'p', step: position, sharePercent, salt };
};
const ended = (outcome: string): Event => ({ type: 'split-changed', promotionId: 'p', step: null, outcome });

/** A ledger of these events alone, with the closing behind them unless it is left out. */
function toldOf(events: readonly Event[]): Told {
  const records = events.map((event, index): LedgerRecord => {
    const actor = { name: 'promote', kind: 'workflow' };
    const place = { number: index + 1, pipeline: 'flights', previousHash: null, at: '2001-03-05T00:00:00.000Z' };
    return { ...place, actor, reason: 'a test', event };
  });
  const about = records.filter(({ event }) => [event.promotionId, event.decisionId].includes('p'));
  return { records, about };
}

function closedAs(outcome: string, between: readonly Event[]): () => string {
  const closed: Event = {
    type: 'promotion-closed',
    promotionId: 'p',
    outcome,
    challengerDigest: challenger.modelDigest,
  };
  const told = toldOf([opened, ...between, closed]);
  const head = { number: told.records.length, hash: '' };
  return () => verifyClosing({ pipeline: 'flights', promotionId: 'p', head, files: [] }, told).says;
}

describe('a closing is what its records come to', () => {
  it.each<[string, readonly Event[]]>([
    ['promoted', [changed]],
    ['promoted', [step(0), changed]],
    ['refused', []],
    ['expired', []],
    ['expired', [step(0), ended('expired')]],
    ['superseded', []],
    ['superseded', [step(0), changedBack]],
    ['rejected', [decided('reject')]],
    ['rejected', [step(0), decided('reject'), ended('rejected')]],
    ['aborted', [decided('abort')]],
    ['aborted', [step(0), step(1), decided('abort'), ended('aborted')]],
    ['rolled-back', [step(0), ended('rolled-back')]],
    ['rolled-back', [step(0), changedBack]],
    ['rolled-back', [changed, changedBack]],
  ])('%s after %j', (outcome, between) => {
    expect(closedAs(outcome, between)()).toContain(`was ${outcome}`);
  });

  it.each<[string, readonly Event[], string]>([
    ['promoted', [], 'the champion did not change'],
    ['refused', [changed], 'it was refused, but the champion changed'],
    ['expired', [changed], 'it was expired, but the champion changed'],
    ['superseded', [changed, changedBack], 'it was superseded, but the champion changed'],
    ['superseded', [step(0)], 'neither ended nor followed'],
    ['expired', [step(0), ended('expired'), step(1)], 'neither ended nor followed'],
    ['rejected', [], 'it was rejected, but nobody decided so'],
    ['rejected', [decided('abort')], 'it was rejected, but nobody decided so'],
    ['aborted', [{ ...decided('abort'), accepted: false }], 'it was aborted, but nobody decided so'],
    ['rolled-back', [], 'there was no step and no change'],
    ['rolled-back', [changed], 'nobody changed the champion back'],
    ['rolled-back', [changedBack, changed], 'nobody changed the champion back'],
    ['rolled-back', [step(0), ended('aborted')], 'its rollout ended otherwise'],
  ])('%s after %j is found out: %s', (outcome, between, why) => {
    expect(closedAs(outcome, between)).toThrow(why);
  });
});

describe('the cohort of a rollout', () => {
  const look = (at: number, verdict = 'pass'): Event => ({
    type: 'rollout-analyzed',
    promotionId: 'p',
    step: at,
    verdict,
  });
  const rollout = (...steps: readonly Event[]) => {
    const told = toldOf([opened, ...steps, { type: 'promotion-closed', promotionId: 'p' }]);
    return () => verifyRollout(told);
  };

  it('is found out when another salt drew it, or its share fell', () => {
    expect(rollout(step(0, 5), step(1, 25, 'pepper'))).toThrow('salt of record 3 is pepper, expected salt');
    expect(rollout(step(0, 25), step(1, 5))).toThrow('the share falls from 25 to 5 in record 3');
  });

  it('is found out when a step was left without a look', () => {
    expect(rollout(step(0, 5), step(1, 25))).toThrow('step 1 was left without a look at it');
    expect(rollout(step(0, 5), look(0))).toThrow('rollout.json');
  });
});

import { describe, expect, it } from 'vitest';
import type { PinnedSplit } from '../../domain/cohort.js';
import { missingModel, modelsOf, planLadder, stepDownGround } from '../../domain/score-ladder.js';
import { model } from '../support/ledger.js';

const shown = (pins: Parameters<typeof planLadder>[0]) =>
  planLadder(pins).map(({ served, shadows }) => [
    served.cohort,
    served.model.version,
    shadows.map(({ version }) => version),
  ]);

const split = (sharePercent: number): PinnedSplit => ({
  promotionId: 'p3',
  step: 0,
  challenger: model('c'),
  sharePercent,
  salt: 'salt',
});

describe('the ladder of a scoring run', () => {
  it('goes from the champion with its shadows down to the baseline, one model less at a time', () => {
    expect(shown({ champion: model('b'), shadows: [model('a')], previousChampion: model('a') })).toEqual([
      ['champion', '2', ['1']],
      ['champion', '2', []],
      ['fallback', '1', []],
      ['fallback', 'baseline', []],
    ]);
  });

  it('does not try the champion twice when nothing scores along', () => {
    expect(shown({ champion: model('b'), shadows: [], previousChampion: null })).toEqual([
      ['champion', '2', []],
      ['fallback', 'baseline', []],
    ]);
  });

  describe('in a rollout', () => {
    const pins = { champion: model('b'), shadows: [], previousChampion: model('a') };

    it('goes from champion and challenger to the champion alone', () => {
      const ladder = planLadder({ ...pins, split: split(25) });
      expect(ladder.map((rung) => modelsOf(rung).map(({ version }) => version))).toEqual([
        ['2', '3'],
        ['2'],
        ['1'],
        ['baseline'],
      ]);
      expect(ladder[0]?.challenger).toEqual({ model: model('c'), salt: 'salt', sharePercent: 25 });
    });

    it('serves nobody with the challenger in a shadow step', () => {
      const ladder = planLadder({ ...pins, shadows: [model('c')], split: split(0) });
      expect(ladder[0]).toEqual({ served: { model: model('b'), cohort: 'champion' }, shadows: [model('c')] });
    });

    it.each([
      ['nobody while both score', 0, null],
      ['the challenger where the champion scored alone', 1, model('c')],
      ['the champion where another model stands in', 2, model('b')],
    ])('misses %s', (_title, index, missing) => {
      for (const shares of [{ split: split(25) }, { split: split(0), shadows: [model('c')] }]) {
        const all = { ...pins, ...shares };
        const rung = planLadder(all)[index];
        if (rung === undefined) throw new Error('no such rung');
        expect(missingModel(all, rung)).toEqual(missing);
      }
    });

    it('names the challenger that was scored along', () => {
      const [rung] = planLadder({ ...pins, split: split(25) });
      if (rung === undefined) throw new Error('a ladder has a first rung');
      expect(stepDownGround(rung, 'it hangs')).toBe('champion 2 with challenger 3 could not score: it hangs');
    });
  });

  it('misses nobody where a shadow of the watch could not score', () => {
    const pins = { champion: model('b'), shadows: [model('a')], previousChampion: model('a') };
    expect(planLadder(pins).map((rung) => missingModel(pins, rung)?.version ?? null)).toEqual([null, null, '2', '2']);
  });

  it('names what could not score and why', () => {
    const [rung] = planLadder({ champion: model('b'), shadows: [model('a')], previousChampion: null });
    if (rung === undefined) throw new Error('a ladder has a first rung');
    expect(stepDownGround(rung, 'it hangs')).toBe('champion 2 with its shadows could not score: it hangs');
  });
});

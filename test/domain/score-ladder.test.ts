import { describe, expect, it } from 'vitest';
import { planLadder, stepDownGround } from '../../domain/score-ladder.js';
import { model } from '../support/ledger.js';

const shown = (pins: Parameters<typeof planLadder>[0]) =>
  planLadder(pins).map(({ served, shadows }) => [
    served.cohort,
    served.model.version,
    shadows.map(({ version }) => version),
  ]);

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

  it('names what could not score and why', () => {
    const [rung] = planLadder({ champion: model('b'), shadows: [model('a')], previousChampion: null });
    if (rung === undefined) throw new Error('a ladder has a first rung');
    expect(stepDownGround(rung, 'it hangs')).toBe('champion 2 with its shadows could not score: it hangs');
  });
});

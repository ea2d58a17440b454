import { describe, expect, it } from 'vitest';
import { planShadows } from '../../domain/shadow-plan.js';
import { LedgerBuilder, model, rolledBack } from '../support/ledger.js';

const watch = { cycles: 2 };

describe('the previous champion', () => {
  const promoted = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').state;

  it.each([
    [0, [model('a')]],
    [1, [model('a')]],
    [2, []],
    [3, []],
  ])('scores in shadow until the cycles of the watch are over: after %i windows', (windows, shadows) => {
    expect(planShadows(promoted, watch, windows)).toEqual(shadows);
  });

  it('never does with a watch of no cycles', () => {
    expect(planShadows(promoted, { cycles: 0 }, 0)).toEqual([]);
  });

  it('that was taken back by a rollback is not watched', () => {
    const state = new LedgerBuilder()
      .promote('p1', null, 'a')
      .promote('p2', 'a', 'b')
      .append(rolledBack('r', 'b', 'a')).state;
    expect(planShadows(state, watch, 0)).toEqual([]);
  });
});

it('nobody scores in shadow of the first champion, or before there is one', () => {
  expect(planShadows(new LedgerBuilder().promote('p1', null, 'a').state, watch, 0)).toEqual([]);
  expect(planShadows(new LedgerBuilder().state, watch, 0)).toEqual([]);
});

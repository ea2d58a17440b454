import { describe, expect, it } from 'vitest';
import { planShadows } from '../../domain/shadow-plan.js';
import { LedgerBuilder, model, rolledBack } from '../support/ledger.js';
import { rolloutDay } from '../support/rollout-world.js';
import { rollingOut, splitEnded, splitTo } from '../support/splits.js';

const watch = { cycles: 2 };
const windowsOf = (...epochs: readonly number[]) =>
  epochs.map((decisionEpoch, k) => ({ window: rolloutDay(k), rows: 10, decisionEpoch }));

describe('the previous champion', () => {
  const promoted = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').state;

  it.each([
    [[], [model('a')]],
    [[2], [model('a')]],
    [[2, 2], []],
    [[2, 2, 2], []],
    [[1, 1, 2], [model('a')]],
  ])('scores in shadow until the cycles of the watch are over: after windows of the epochs %j', (epochs, shadows) => {
    expect(planShadows(promoted, watch, windowsOf(...epochs))).toEqual(shadows);
  });

  it('never does with a watch of no cycles', () => {
    expect(planShadows(promoted, { cycles: 0 }, [])).toEqual([]);
  });

  it('that was taken back by a rollback is not watched', () => {
    const state = new LedgerBuilder()
      .promote('p1', null, 'a')
      .promote('p2', 'a', 'b')
      .append(rolledBack('r', 'b', 'a')).state;
    expect(planShadows(state, watch, [])).toEqual([]);
  });

  it('goes on being watched after a rollout that ended, which begins no new term of the champion', () => {
    const { state } = rollingOut('c').append(splitTo(25)).append(splitEnded());
    expect(planShadows(state, watch, windowsOf(2))).toEqual([model('a')]);
    expect(planShadows(state, watch, windowsOf(2, 3))).toEqual([]);
  });
});

describe('a rollout', () => {
  it('has the challenger score all rows in shadow in a shadow step', () => {
    expect(planShadows(rollingOut('c').append(splitTo(0)).state, watch, [])).toEqual([model('c')]);
  });

  it('has nobody score all rows in shadow while rows are shared', () => {
    expect(planShadows(rollingOut('c').append(splitTo(25)).state, watch, [])).toEqual([]);
  });
});

it('nobody scores in shadow of the first champion, or before there is one', () => {
  expect(planShadows(new LedgerBuilder().promote('p1', null, 'a').state, watch, [])).toEqual([]);
  expect(planShadows(new LedgerBuilder().state, watch, [])).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import type { TableFile } from '../../../domain/published-table.js';
import { analysisClock } from '../../../domain/rollout/analysis-clock.js';
import { findTarget, findUnserved, planWindows, type PublishedRun } from '../../../domain/rollout/plan-look.js';
import {
  decided,
  digest,
  evaluated,
  LedgerBuilder,
  model,
  opened,
  registered,
  requested,
} from '../../support/ledger.js';
import { tableFile } from '../../support/publications.js';

const label = { delayMs: 86_400_000, ingestionDelayMs: 3_600_000, minCoverage: 0.9 };
const day = (number: number) => `2001-03-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const windowOn = (number: number) => ({ start: day(number), end: day(number + 1) });
const sides = { promotionId: 'p2', challenger: model('b'), champion: model('a') };
const policy = {
  rollout: [
    { kind: 'shadow', cycles: 2 },
    { kind: 'share', sharePercent: 5, cycles: 3, needs: 'not-worse' },
  ],
  watch: { cycles: 7, pollMs: 3_600_000 },
} as const;

function step(number: number, sharePercent: number): LedgerEvent {
  const { promotionId, challenger } = sides;
  return {
    type: 'split-changed',
    promotionId,
    step: number,
    challenger,
    sharePercent,
    salt: 's',
    grounds: [],
    revokedDigests: [],
  };
}

function ledgerInStep(): LedgerBuilder {
  const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
  ledger
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'))
    .append(decided('p2', 'approve'));
  return ledger.append(step(0, 0)).append(step(1, 5));
}

/** A day of March with ten rows, scored by the letters that are given: the first one serves. */
function run(number: number, letters: string, decisionEpoch = 3): PublishedRun {
  const fileOf = (letter: string): TableFile => tableFile({ modelDigest: model(letter).modelDigest, decisionEpoch });
  const [first = '', ...others] = letters;
  return {
    window: windowOn(number),
    runIdentity: digest(`run ${String(number)}`),
    decisionEpoch,
    firstVersion: number,
    served: first === '' ? [] : [fileOf(first)],
    shadows: others.map(fileOf),
  };
}

function planned(runs: readonly PublishedRun[]) {
  const { state } = ledgerInStep();
  const target = findTarget(state, 'step', 'p2', policy);
  if (target === null) throw new Error('a step is in force');
  return planWindows({ state, target, sides, label, runs });
}

describe('what is looked at', () => {
  it('is the step in force, with the windows of all steps of its rollout', () => {
    const target = findTarget(ledgerInStep().state, 'step', 'p2', policy);
    expect(target).toMatchObject({ step: 1, epoch: 3, sharePercent: 5, cyclesNeeded: 3, needs: 'not-worse' });
    expect([...(target?.epochs ?? [])]).toEqual([2, 3]);
  });

  it('is nothing for another promotion, before the change for the watch, or after the end', () => {
    const ledger = ledgerInStep();
    expect(findTarget(ledger.state, 'step', 'p1', policy)).toBeNull();
    expect(findTarget(ledger.state, 'watch', 'p2', policy)).toBeNull();
    const revokedDigests = [model('b').modelDigest];
    ledger.append({ ...step(0, 0), step: null, revokedDigests } as LedgerEvent);
    expect(findTarget(ledger.state, 'step', 'p2', policy)).toBeNull();
  });
});

describe('a published window', () => {
  it('is compared where both sides scored all of its rows, whoever serves', () => {
    expect(planned([run(10, 'ab'), run(11, 'ba')]).map(({ status }) => status)).toEqual(['compare', 'compare']);
  });

  it('is one-sided, empty, or seen in training otherwise', () => {
    const found = planned([run(12, 'a'), run(11, ''), run(5, 'ab')]);
    expect(found.map(({ window, status }) => [window.start, status])).toEqual([
      [day(5), 'seen'],
      [day(11), 'empty'],
      [day(12), 'one-sided'],
    ]);
  });

  it('is left out when it was published before the rollout', () => {
    expect(planned([run(10, 'ab', 1), run(11, 'ab', 2)])).toMatchObject([{ epoch: 2, isOwn: false }]);
  });

  it('matures after label delay and ingestion delay', () => {
    expect(planned([run(10, 'ab')])[0]?.maturesAt).toBe('2001-03-12T01:00:00.000Z');
  });
});

describe('a window that the challenger could not score', () => {
  const fallback = (number: number, runIdentity = digest(`run ${String(number)}`)): LedgerEvent => ({
    type: 'fallback-scored',
    window: windowOn(number),
    runIdentity,
    intendedDigest: model('b').modelDigest,
    servedDigest: model('a').modelDigest,
    grounds: [],
  });
  const unserved = (ledger: LedgerBuilder, runs: readonly PublishedRun[], epoch = 3, challenger = model('b')) => {
    const target = findTarget(ledger.state, 'step', 'p2', policy);
    if (target === null) throw new Error('a step is in force');
    return findUnserved({ state: ledger.state, target: { ...target, epoch }, challenger, runs });
  };

  it('counts from the record of the step on, once', () => {
    const ledger = ledgerInStep().append(fallback(10)).append(fallback(10)).append(fallback(11));
    const runs = [run(10, 'a'), run(11, 'a')];
    expect(unserved(ledger, runs)).toEqual([windowOn(10), windowOn(11)]);
    expect(unserved(ledger, runs, 4, model('c'))).toEqual([]);
  });

  it('does not count once a good run is published for it, nor before its own run is', () => {
    const ledger = ledgerInStep()
      .append(fallback(10, digest('overtaken')))
      .append(fallback(11));
    expect(unserved(ledger, [run(10, 'ab')])).toEqual([]);
  });
});

describe('the clock of an analysis', () => {
  const clock = (events: readonly LedgerEvent[], published: readonly number[]) => {
    const ledger = ledgerInStep();
    for (const event of events) ledger.append(event);
    return analysisClock({ state: ledger.state, published: published.map(windowOn), label });
  };
  const monitored = (number: number, labelCoverage: number): LedgerEvent => ({
    type: 'window-monitored',
    window: windowOn(number),
    reportDigest: digest('monitor'),
    verdict: 'pass',
    labelCoverage,
    metrics: {},
    driftedFeatures: [],
    decayed: false,
  });

  it('is the start of the newest window, because that is when it was scored', () => {
    expect(clock([], [10, 12, 11])).toBe(day(12));
  });

  it('is no earlier than a training or a retrain decision looked', () => {
    expect(clock([], [])).toBe(day(6));
    expect(clock([{ type: 'retrain-decided', asOf: day(20), decision: 'skip', grounds: [] }], [10])).toBe(day(20));
  });

  it('is no earlier than the labels that the monitor found', () => {
    expect(clock([monitored(10, 0.9)], [10])).toBe('2001-03-12T01:00:00.000Z');
    expect(clock([monitored(10, 0.89)], [10])).toBe(day(10));
  });
});

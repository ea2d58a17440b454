import { describe, expect, it } from 'vitest';
import { analyseRollout } from '../../../domain/rollout/analyse-rollout.js';
import type { AnalysedWindow } from '../../../domain/rollout/analysis.js';
import { defaultAnalysis } from '../../../domain/rollout/default-analysis.js';
import { findTarget, planWindows, type PublishedRun } from '../../../domain/rollout/plan-look.js';
import { planShadows } from '../../../domain/shadow-plan.js';
import type { Window } from '../../../domain/window.js';
import {
  changed,
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
import { rolloutDay } from '../../support/rollout-world.js';

const policy = { rollout: [], watch: { cycles: 2, pollMs: 3_600_000 } };
const sides = { promotionId: 'p2', challenger: model('b'), champion: model('a') };
const label = { delayMs: 0, ingestionDelayMs: 0 };

/** Version 2 is champion since epoch 2, and its promotion watches it. */
function watching() {
  const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
  ledger
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'))
    .append(decided('p2', 'approve'));
  return ledger.append(changed('p2', 'a', 'b', ledger.state.head.number)).state;
}

interface Published {
  readonly window: Window;
  readonly rows: number;
  readonly decisionEpoch: number;
}

const day = (k: number, rows = 10, decisionEpoch = 2): Published => ({ window: rolloutDay(k), rows, decisionEpoch });
/** 5 March, which both models were trained on. */
const seenDay = day(-5);

/** How many cycles of the watch the look at it counts. */
function countedByLook(published: readonly Published[]): { readonly cycles: number; readonly isOver: boolean } {
  const state = watching();
  const target = findTarget(state, 'watch', 'p2', policy);
  if (target === null) throw new Error('the champion is watched');
  const runs = published.map(({ window, rows, decisionEpoch }, index): PublishedRun => {
    const files = ['b', 'a'].map((letter) => tableFile({ rows, modelDigest: model(letter).modelDigest }));
    const [served = [], shadows = []] = rows === 0 ? [] : [files.slice(0, 1), files.slice(1)];
    return { window, decisionEpoch, runIdentity: digest(String(index)), firstVersion: index, served, shadows };
  });
  const windows = planWindows({ state, target, sides, label, runs }).map(
    ({ window, epoch, firstVersion, isOwn, status, servedRows }): AnalysedWindow => {
      const standing = status === 'compare' ? 'judged' : status;
      const unread = { filesDigest: null, labelsAsOf: null, labelsDigest: null, sums: null };
      return { window, epoch, firstVersion, isOwn, servedRows, standing, ...unread };
    },
  );
  const findings = { value: null, cohort: null, unservedWindows: [] };
  const { progress } = analyseRollout({ target, policy: defaultAnalysis('binary'), windows, ...findings });
  return { cycles: progress.cyclesPublished, isOver: progress.isOver };
}

describe('the watch', () => {
  it.each([
    ['nothing is published', [], 0],
    ['days with rows count', [day(0), day(1)], 2],
    ['a day without rows does not', [day(0), day(1, 0)], 1],
    ['a day that a side was trained on does not', [seenDay, day(0)], 1],
    ['a day that is neither does not count twice over', [day(-5, 0), day(0), day(1)], 2],
    ['a day of the time before does not', [day(0, 10, 1), day(1)], 1],
  ])('is as long for who scores in shadow as for who looks: %s', (_case, published, cycles) => {
    const look = countedByLook(published);
    const shadows = planShadows(watching(), policy.watch, published);
    expect(look).toEqual({ cycles, isOver: cycles >= policy.watch.cycles });
    expect(shadows).toEqual(look.isOver ? [] : [model('a')]);
  });
});

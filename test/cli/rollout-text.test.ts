import { describe, expect, it } from 'vitest';
import { describePromotion, type PromotionStanding } from '../../cli/promotion-standing.js';
import type { RolloutFacts } from '../../cli/rollout-standing.js';
import { describeUnderWay, isUnderWay } from '../../cli/rollout-text.js';
import type { RolloutAnalyzed } from '../../domain/ledger/promotion-events.js';
import type { PublishedWindow } from '../../domain/published-table.js';
import type { RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import type { WorkflowStatus } from '../../workflows/api.js';
import { changed, digest, hour, pipeline, type LedgerBuilder } from '../support/ledger.js';
import { besideChallenger, split } from '../support/rollouts.js';

const progress: RolloutProgress = {
  phase: 'step',
  step: 2,
  steps: 3,
  sharePercent: 25,
  cyclesPublished: 1,
  cyclesMatured: 0,
  cyclesNeeded: 4,
  sentence: 'Waiting: nothing is wrong.',
};

function statusOf(overrides: Partial<WorkflowStatus>): WorkflowStatus {
  return {
    phase: 'rolling out',
    waitingFor: null,
    reportDigest: null,
    deadlineAt: null,
    notes: [],
    rows: null,
    rowsDone: null,
    rollout: null,
    ...overrides,
  };
}

describe('a promotion that goes on by itself', () => {
  it('is one in a rollout that asks nobody, or that waits for its turn', () => {
    expect(isUnderWay(statusOf({ rollout: progress }))).toBe(true);
    expect(isUnderWay(statusOf({ phase: 'queued', waitingFor: 'version 2' }))).toBe(true);
    expect(isUnderWay(statusOf({ rollout: progress, waitingFor: "a person's go-ahead" }))).toBe(false);
    expect(isUnderWay(statusOf({ phase: 'measuring' }))).toBe(false);
  });

  it('tells its step, what is known so far, and how to stop it', () => {
    expect(describeUnderWay(pipeline, statusOf({ rollout: progress })).split('\n')).toEqual([
      'The promotion goes on by itself: step 2 of 3, 25 % of the entities; 1 of 4 windows published, 0 with known labels. Waiting: nothing is wrong.',
      '  gauntlet status flights',
      '  gauntlet abort flights --reason "…"',
    ]);
  });

  it('offers a rollback in its watch, which an abort cannot stop any more', () => {
    const watch: RolloutProgress = { ...progress, phase: 'watch', step: null };
    const text = describeUnderWay(pipeline, statusOf({ rollout: watch }));
    expect(text).toContain('the watch; 1 of 4 windows published');
    expect(text).toContain('gauntlet rollback flights');
    expect(text).not.toContain('gauntlet abort');
  });

  it('says whose turn it waits for in the queue', () => {
    const queued = statusOf({ phase: 'queued', waitingFor: 'the promotion of version 2 to end' });
    expect(describeUnderWay(pipeline, queued)).toBe('The promotion waits for the promotion of version 2 to end.');
  });
});

describe('the status of a rollout, from the store alone', () => {
  const plan = {
    rollout: [
      { kind: 'shadow', cycles: 2 },
      { kind: 'share', sharePercent: 25, cycles: 3 },
    ],
    watch: { cycles: 5 },
  } as unknown as RolloutFacts['plan'];

  /** With windows published in these epochs. */
  function standing(ledger: LedgerBuilder, epochs: readonly number[], known = plan): PromotionStanding {
    const { state } = ledger;
    if (state.openPromotion === null) throw new Error('no promotion is open');
    const windows = new Map(
      epochs.map((decisionEpoch, index) => [String(index), { decisionEpoch } as PublishedWindow]),
    );
    return describePromotion({ pipeline, state, table: { windows }, plan: known }, state.openPromotion);
  }

  const look = (verdict: RolloutAnalyzed['verdict'], step: number | null): RolloutAnalyzed => ({
    type: 'rollout-analyzed',
    promotionId: 'p3',
    phase: step === null ? 'watch' : 'step',
    step,
    reportDigest: digest('look'),
    verdict,
    sentence: 'It is as good.',
    windows: [],
  });

  it('counts the windows of the step and can be aborted', () => {
    expect(standing(besideChallenger(0), [2, 3, 3])).toMatchObject({
      phase: 'rolling-out',
      waitsFor: 'step 1 of 2, in shadow: 2 of 2 windows published; nothing looked at yet',
      commands: ['gauntlet abort flights --by "your name" --reason "why"'],
    });
  });

  it('says what the last look at this step found, not at the one before', () => {
    const ledger = besideChallenger(0).append(look('pass', 0));
    expect(standing(ledger, []).waitsFor).toContain('last look: It is as good.');
    expect(standing(ledger.append(split('p3', 'c', 1, 25)), [4]).waitsFor).toBe(
      'step 2 of 2, 25 % of the entities: 1 of 3 windows published; nothing looked at yet',
    );
  });

  it('does not say how many windows it takes where nobody can read the definition', () => {
    expect(standing(besideChallenger(0), [3], null).waitsFor).toBe(
      'step 1 of 1, in shadow: 1 windows published; nothing looked at yet',
    );
  });

  it('gives the commands that answer a look which settled nothing', () => {
    const ledger = besideChallenger(25).append(look('inconclusive', 0));
    const asked = ledger.append({
      type: 'approval-requested',
      promotionId: 'p3',
      reportDigest: digest('look'),
      deadlineAt: hour(90),
    });
    const short = digest('look').slice(0, 12);
    expect(standing(asked, [])).toMatchObject({
      phase: 'waiting',
      deadlineAt: hour(90),
      commands: [
        `gauntlet approve flights --report ${short} --by "your name" --reason "why"`,
        `gauntlet reject flights --report ${short} --by "your name" --reason "why"`,
        'gauntlet abort flights --by "your name" --reason "why"',
      ],
    });
  });

  it('is a watch after the change of champion, which a rollback ends', () => {
    const ledger = besideChallenger(25).append(look('pass', 0));
    const approval = ledger.state.openPromotion?.decisions.at(-1)?.recordNumber ?? 0;
    expect(standing(ledger.append(changed('p3', 'b', 'c', approval)), [3, 4, 4])).toMatchObject({
      phase: 'watching',
      waitsFor: 'the watch, v3 is champion: 2 of 5 windows published; nothing looked at yet',
      commands: ['gauntlet rollback flights --reason "why"'],
    });
  });

  it('is at its end when it was stopped and its run has not closed it yet', () => {
    expect(standing(besideChallenger(25).append(split('p3', 'c', null, 0)), [])).toMatchObject({
      phase: 'ending',
      waitsFor: 'the end of its rollout to be carried out: it was worse',
    });
  });
});

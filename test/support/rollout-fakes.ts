import type { LookRequest } from '../../activities/rollout/look-activities.js';
import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { RolloutPlan } from '../../domain/rollout/rollout-plan.js';
import type { RecordedStop, RolloutStanding } from '../../domain/rollout/standing.js';
import {
  answered,
  Fakes,
  lookOf,
  openCourse,
  promotionPlan,
  reportDigest,
  rolloutPlan,
  type Activities,
} from './workflow-fakes.js';

/** What a look is asked about: the step from 0, or the watch, and the instant of workflow time. */
export interface LookAt {
  readonly step: number | 'watch';
  readonly at: string;
  /** 1 for the first look at this step. */
  readonly turn: number;
}

/**
 * Fakes that remember what the ledger would: who began which step, who changed the champion, how it was closed. A run that
 * takes over is told so by its first step, as by the real one.
 */
export class RolloutFakes extends Fakes {
  standing: RolloutStanding = { status: 'not-begun' };
  stopped: RecordedStop | null = null;
  look: (at: LookAt) => RolloutLook = () => lookOf('pass');
  readonly plan: RolloutPlan;
  readonly #turns = new Map<string, number>();

  constructor(plan: Partial<RolloutPlan> = {}, overrides: Partial<Activities> = {}) {
    super();
    this.plan = { ...rolloutPlan, ...plan };
    Object.assign(this.activities, this.#ledger(), overrides);
  }

  /** As the first step of a run finds it. */
  opened(): PromotionPlan {
    const isChanged = this.standing.status === 'changed';
    const hasBegun = this.standing.status !== 'not-begun';
    return {
      ...promotionPlan,
      rollout: { ...this.plan, standing: this.standing },
      approved: hasBegun ? { reportDigest, by: 'Anna', reason: 'better everywhere' } : null,
      stopped: this.stopped,
      appliedReport: isChanged ? reportDigest : null,
    };
  }

  #ledger(): Partial<Activities> {
    return {
      beginPromotion: () => Promise.resolve(this.opened()),
      readStanding: () => Promise.resolve({ standing: this.standing, stopped: this.stopped }),
      judgeDecision: (asked) => {
        const change = this.standing.status === 'changed' ? { epoch: 4, recordNumber: 20 } : null;
        return Promise.resolve(answered(asked, { course: { ...openCourse, change } }));
      },
      beginStep: ({ step }) => {
        const planned = this.plan.steps[step];
        const sharePercent = planned?.kind === 'share' ? planned.sharePercent : 0;
        this.standing = { status: 'step', step, sharePercent };
        return Promise.resolve({ status: 'begun' });
      },
      lookAtRollout: (request) => Promise.resolve(this.look(this.#turnOf(request))),
      endRollout: ({ outcome, grounds }) => {
        if (this.standing.status === 'not-begun') return Promise.resolve('none');
        this.standing = { status: 'ended', outcome, grounds };
        return Promise.resolve('ended');
      },
      changeChampion: ({ stamp }) => {
        this.standing = { status: 'changed', since: stamp.at };
        return Promise.resolve({ status: 'changed' });
      },
      closePromotion: ({ outcome, grounds }) => {
        this.standing = { status: 'closed', outcome, grounds };
        return Promise.resolve();
      },
      restoreChampion: () => {
        this.standing = { status: 'overturned', grounds: ['a rollback made version 1 champion, by record 42'] };
        return Promise.resolve();
      },
    };
  }

  #turnOf({ phase, stamp }: LookRequest): LookAt {
    const step = phase === 'watch' || this.standing.status !== 'step' ? 'watch' : this.standing.step;
    const turn = (this.#turns.get(String(step)) ?? 0) + 1;
    this.#turns.set(String(step), turn);
    return { step, at: stamp.at, turn };
  }
}

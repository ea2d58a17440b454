import type { SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { pinScore, type PinningServices, type ScorePlan } from './begin-score.js';
import { whileHeartbeating } from '../heartbeat.js';
import { publishScored } from './publish-scored.js';
import { scoreAndAudit, type ScoredWindow, type ScoringServices } from './score-and-audit.js';

export type { ScorePlan, ScoredWindow };

/** The steps of `score`: pins, snapshot, scores with audit, publication. */
export function createScoringActivities(services: PinningServices & ScoringServices) {
  return {
    beginScore: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<ScorePlan> =>
      pinScore(services, input, run),

    async buildScoringSnapshot(plan: ScorePlan): Promise<SnapshotRef> {
      const definition = await services.definitions.loadPinned(plan.definitionDigest);
      return whileHeartbeating(() =>
        services.dataset.buildSnapshot({ definition, purpose: 'scoring', window: plan.window, asOf: plan.asOf }),
      );
    },

    scoreWindow: ({
      plan,
      snapshot,
    }: {
      readonly plan: ScorePlan;
      readonly snapshot: SnapshotRef;
    }): Promise<ScoredWindow> =>
      whileHeartbeating((signal, report) => scoreAndAudit(services, { plan, snapshot, signal, report })),

    publishScores: (args: {
      readonly plan: ScorePlan;
      readonly scored: ScoredWindow;
      readonly stamp: Stamp;
    }): Promise<ScoreResult> => publishScored(services, args),
  };
}

export type ScoringActivities = ReturnType<typeof createScoringActivities>;

import type { SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { pinScore, type PinningServices, type ScorePlan } from './begin-score.js';
import { whileHeartbeating } from '../heartbeat.js';
import { publishScored } from './publish-scored.js';
import { loadRuleReference } from './rule-reference.js';
import { scoreAndAudit, type ScoredWindow, type ScoringServices } from './score-and-audit.js';

export type { ScorePlan, ScoredWindow };

/** The steps of `score`: pins, snapshot, scores with audit, publication. */
export function createScoringActivities(services: PinningServices & ScoringServices) {
  return {
    beginScore: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<ScorePlan> =>
      pinScore(services, input, run),

    async buildScoringSnapshot(plan: ScorePlan): Promise<SnapshotRef> {
      const definition = await services.definitions.loadPinned(plan.definitionDigest);
      const { window, asOf } = plan;
      const reference = await loadRuleReference(services.bundles, definition, plan.champion.modelDigest);
      const request = { definition, purpose: 'scoring', window, asOf } as const;
      return whileHeartbeating(() =>
        services.dataset.buildSnapshot(reference === null ? request : { ...request, reference }),
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

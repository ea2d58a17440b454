import { Context } from '@temporalio/activity';
import type { SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { pinScore, type PinningServices, type ScorePlan } from './begin-score.js';
import { whileHeartbeating } from '../heartbeat.js';
import { holdInvalid, type HoldArgs } from './hold-invalid.js';
import { keepUnscored, type UnscoredArgs } from './keep-unscored.js';
import { publishScored, type PublishArgs } from './publish-scored.js';
import { loadRuleReference } from './rule-reference.js';
import { scoreShard, type ShardArgs, type ShardResult, type ShardServices } from './score-shard.js';

export type { PublishArgs, ScorePlan, ShardArgs, ShardResult };

/** A snapshot with as much of its manifest as the planning of shards needs. */
export interface ScoringSnapshot extends SnapshotRef {
  readonly parts: number;
  /** Its rows failed validation: nothing may score them. Left out when they passed. */
  readonly isStopped?: true;
}

/** The steps of `score`: pins, snapshot, scores in shards, audit and publication. */
export function createScoringActivities(services: PinningServices & ShardServices) {
  return {
    beginScore: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<ScorePlan> =>
      pinScore(services, input, run),

    buildScoringSnapshot: (plan: ScorePlan): Promise<ScoringSnapshot> =>
      whileHeartbeating(async (signal) => {
        const { definitions, dataset, bundles } = services;
        const definition = await definitions.loadPinned(plan.definitionDigest);
        const { window, asOf } = plan;
        const reference = await loadRuleReference(bundles, definition, plan.champion.modelDigest);
        const request = { definition, purpose: 'scoring', window, asOf, signal } as const;
        const snapshot = await dataset.buildSnapshot(reference === null ? request : { ...request, reference });
        const { parts, validation } = await dataset.loadSnapshot(plan.pipeline, snapshot.digest);
        const described = { ...snapshot, parts: parts.length };
        return validation.status === 'passed' ? described : { ...described, isStopped: true };
      }),

    holdInvalidWindow: (args: HoldArgs): Promise<ScoreResult> => holdInvalid(services, args),

    keepUnscoredWindow: (args: UnscoredArgs): Promise<ScoreResult> => keepUnscored(services, args),

    scoreShard: (args: ShardArgs): Promise<ShardResult> =>
      whileHeartbeating((signal, report) =>
        scoreShard(services, { ...args, attempt: Context.current().info.attempt, signal, report }),
      ),

    publishScores: (args: PublishArgs): Promise<ScoreResult> => whileHeartbeating(() => publishScored(services, args)),
  };
}

export type ScoringActivities = ReturnType<typeof createScoringActivities>;

import { digestOf } from '../../contracts/digest.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { analyseRollout } from '../../domain/rollout/analyse-rollout.js';
import { analysisClock } from '../../domain/rollout/analysis-clock.js';
import type { RolloutAnalysis } from '../../domain/rollout/analysis.js';
import {
  findUnserved,
  planWindows,
  type LookSides,
  type LookTarget,
  type PublishedRun,
} from '../../domain/rollout/plan-look.js';
import type { Store } from '../ports/store.js';
import { compareWindows } from './compare-windows.js';
import { countCohort } from './count-cohort.js';
import type { LookServices } from './look-services.js';

/** What a look is about, as the ledger and the tables had it when it began. */
export interface Look {
  readonly state: LedgerState;
  readonly target: LookTarget;
  readonly sides: LookSides;
  readonly definition: PipelineDefinition;
  readonly definitionDigest: string;
  readonly runs: readonly PublishedRun[];
}

/** Measures what is new, and turns everything that is known into the analysis. */
export async function analyseLook(services: LookServices, look: Look, signal: AbortSignal): Promise<RolloutAnalysis> {
  const { state, target, sides, definition, definitionDigest, runs } = look;
  const { label, analysis: policy } = definition;
  const published = runs.map(({ window }) => window);
  const clock = analysisClock({ state, published, label }) ?? definition.window.start;
  const planned = planWindows({ state, target, sides, label, runs });
  const earlier = await loadEarlier(services.store, look);
  const { scores } = await services.bundles.profile(sides.challenger.modelDigest);
  const windows = await compareWindows(
    services,
    {
      definition,
      clock,
      scoreCuts: scores.cuts,
      earlier: new Map(earlier?.windows.map((window) => [window.window.start, window])),
      signal,
    },
    planned,
  );
  const counted = { pipeline: definition.name, target, sides, planned, earlier: earlier?.cohort ?? null };
  const cohort = await countCohort(services, counted);
  const unservedWindows = findUnserved({ state, target, challenger: sides.challenger, runs });
  const value = definition.decision.value;
  const analysed = analyseRollout({ target, policy, value, windows, cohort, unservedWindows });
  return {
    schemaVersion: 1,
    pipeline: definition.name,
    promotionId: sides.promotionId,
    phase: target.phase,
    step: target.step,
    decisionEpoch: target.epoch,
    definitionDigest,
    challenger: sides.challenger,
    champion: sides.champion,
    sharePercent: target.sharePercent,
    needs: target.needs,
    policy,
    windows,
    cohort,
    unservedWindows,
    ...analysed,
  };
}

/** The latest analysis of the same sides under the same definition: what has not changed since is not measured again. */
async function loadEarlier(store: Store, { state, sides, definitionDigest }: Look): Promise<RolloutAnalysis | null> {
  const last = state.promotions.get(sides.promotionId)?.looks.at(-1);
  const bytes = last === undefined ? null : await store.read(analysisPath(last.reportDigest));
  if (last === undefined || bytes === null) return null;
  const analysis = JSON.parse(Buffer.from(bytes).toString('utf8')) as RolloutAnalysis;
  // Bytes that are not what was recorded are no help; `verify` tells of them.
  const isTrusted = digestOf(analysis) === last.reportDigest;
  return isTrusted && analysis.definitionDigest === definitionDigest ? analysis : null;
}

/** Where the analysis of a look is kept. */
export function analysisPath(reportDigest: string): string {
  return `reports/${reportDigest}/rollout.json`;
}

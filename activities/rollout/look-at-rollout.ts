import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { RolloutAnalyzed } from '../../domain/ledger/events.js';
import type { LedgerState, Recorded } from '../../domain/ledger/state.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { analyseRollout } from '../../domain/rollout/analyse-rollout.js';
import { analysisClock } from '../../domain/rollout/analysis-clock.js';
import type { RolloutAnalysis } from '../../domain/rollout/analysis.js';
import { decideLook, type EarlierLooks, type LookDecision } from '../../domain/rollout/decide-look.js';
import { lookSentence } from '../../domain/rollout/look-sentence.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import {
  findTarget,
  findUnserved,
  planWindows,
  type LookSides,
  type LookTarget,
  type PublishedRun,
} from '../../domain/rollout/plan-look.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';
import { compareWindows } from './compare-windows.js';
import { countCohort } from './count-cohort.js';
import type { LookRequest } from './look-activities.js';
import type { LookServices } from './look-services.js';
import { loadPublishedRuns } from './published-runs.js';

/**
 * Looks once: folds the ledger, compares what both sides published since, decides, keeps the analysis under its digest and
 * records it. The same tables and ledger give the same analysis, so a look that is repeated finds what it wrote.
 */
export async function lookAtRollout(
  services: LookServices,
  request: LookRequest & { readonly signal: AbortSignal },
): Promise<RolloutLook> {
  const { promotion, phase, signal } = request;
  const sides = sidesOf(promotion);
  const definition = await services.definitions.loadPinned(promotion.definitionDigest);
  const { state } = await readLedger(services.store, promotion.pipeline);
  const target = findTarget(state, phase, sides.promotionId, definition);
  if (target === null) return nothingToLookAt(phase);
  const runs = await loadPublishedRuns(services.table, {
    pipeline: promotion.pipeline,
    everyMs: definition.window.everyMs,
  });
  const look = { state, target, sides, definition, runs, definitionDigest: promotion.definitionDigest };
  const analysis = await analyse(services, look, signal);
  if (analysis.windows.length === 0) return nothingPublished(analysis);
  const reportDigest = digestOf(analysis);
  const decision = decide(state, analysis, reportDigest);
  const sentence = lookSentence(analysis, decision);
  await keep(services.store, analysis, reportDigest);
  const event = eventOf(analysis, { reportDigest, sentence, status: decision.status });
  if (!(await record(services, { request, definition, event }))) return nothingToLookAt(phase);
  const checks = analysis.checks.map(({ name, verdict, why }) => ({ name, verdict, why }));
  return { status: decision.status, sentence, reportDigest, ...cyclesOf(analysis), checks };
}

/** False when the step or the watch ended while it was looked at: the ledger takes no look at it any more. */
async function record(
  { store }: LookServices,
  look: {
    readonly request: LookRequest;
    readonly definition: PipelineDefinition;
    readonly event: RolloutAnalyzed;
  },
): Promise<boolean> {
  const { event } = look;
  const { promotion, phase, stamp } = look.request;
  const recordId = `look/${event.promotionId}/${phase}/${String(event.step ?? 'watch')}/${event.reportDigest}`;
  try {
    await appendFact(store, { pipeline: promotion.pipeline, recordId, reason: promotion.reason, event, stamp });
  } catch (error) {
    if (!(error instanceof PermanentFailure) || error.type !== 'LEDGER_REFUSED') throw error;
    const { state } = await readLedger(store, promotion.pipeline);
    const target = findTarget(state, phase, event.promotionId, look.definition);
    if (target?.step === event.step) throw error;
    return false;
  }
  crashPoint('after-look-record');
  return true;
}

interface Look {
  readonly state: LedgerState;
  readonly target: LookTarget;
  readonly sides: LookSides;
  readonly definition: PipelineDefinition;
  readonly definitionDigest: string;
  readonly runs: readonly PublishedRun[];
}

/** A promotion without a champion before it has nobody to be compared with, and a dry run has no promotion. */
function sidesOf({ promotionId, challenger, champion }: LookRequest['promotion']): LookSides {
  if (promotionId !== null && champion !== null) return { promotionId, challenger, champion };
  throw new PermanentFailure('NO_CHAMPION', 'There is no rollout to look at: nobody served before this version.');
}

async function analyse(services: LookServices, look: Look, signal: AbortSignal): Promise<RolloutAnalysis> {
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
  const unservedWindows = findUnserved(state, target, sides.challenger);
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

function decide(state: LedgerState, analysis: RolloutAnalysis, reportDigest: string): LookDecision {
  const { progress, checks, policy, phase, step, promotionId } = analysis;
  const looks = state.promotions.get(promotionId)?.looks ?? [];
  const others = looks.filter(
    (look) => look.phase === phase && look.step === step && look.reportDigest !== reportDigest,
  );
  const isFinal = phase === 'watch' && progress.isOver && progress.cyclesPending === 0;
  return decideLook({ progress, checks, earlier: countEarlier(others), policy, isFinal });
}

function countEarlier(looks: readonly Recorded<RolloutAnalyzed>[]): EarlierLooks {
  return {
    failed: looks.filter(({ verdict }) => verdict === 'fail').length,
    inconclusive: looks.filter(({ isOver, verdict }) => isOver === true && verdict === 'inconclusive').length,
  };
}

async function keep(store: Store, analysis: RolloutAnalysis, reportDigest: string): Promise<void> {
  crashPoint('before-look');
  await store.createIfAbsent(analysisPath(reportDigest), canonicalJson(analysis));
  crashPoint('after-look');
}

/** Where the analysis of a look is kept. */
export function analysisPath(reportDigest: string): string {
  return `reports/${reportDigest}/rollout.json`;
}

function eventOf(
  { promotionId, phase, step, verdict, windows, progress }: RolloutAnalysis,
  found: { readonly reportDigest: string; readonly sentence: string; readonly status: RolloutLook['status'] },
): RolloutAnalyzed {
  return {
    type: 'rollout-analyzed',
    promotionId,
    phase,
    step,
    ...found,
    verdict,
    isOver: progress.isOver,
    windows: windows.filter(({ standing }) => standing === 'judged').map(({ window }) => window),
  };
}

function cyclesOf({
  progress,
}: RolloutAnalysis): Pick<RolloutLook, 'cyclesPublished' | 'cyclesMatured' | 'cyclesNeeded'> {
  const { cyclesPublished, cyclesMatured, cyclesNeeded } = progress;
  return { cyclesPublished, cyclesMatured, cyclesNeeded };
}

function nothingPublished(analysis: RolloutAnalysis): RolloutLook {
  const { cyclesNeeded } = analysis.progress;
  const sentence = `Waiting: no window was published yet, ${String(cyclesNeeded)} are needed.`;
  return { status: 'waiting', sentence, reportDigest: null, ...cyclesOf(analysis) };
}

/** Somebody else ended it, or changed the champion: whoever asked reads the ledger and finds out. */
function nothingToLookAt(phase: LookTarget['phase']): RolloutLook {
  const sentence = phase === 'step' ? 'No step of this rollout is in force.' : 'This champion is not watched any more.';
  return {
    status: 'waiting',
    sentence,
    reportDigest: null,
    cyclesPublished: 0,
    cyclesMatured: 0,
    cyclesNeeded: 0,
  };
}

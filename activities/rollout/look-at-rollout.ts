import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { RolloutAnalyzed } from '../../domain/ledger/promotion-events.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { RolloutAnalysis } from '../../domain/rollout/analysis.js';
import { decideAnalysis } from '../../domain/rollout/decide-analysis.js';
import type { LookDecision } from '../../domain/rollout/decide-look.js';
import { lookSentence } from '../../domain/rollout/look-sentence.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import { findTarget, type LookSides } from '../../domain/rollout/plan-look.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';
import { analyseLook, analysisPath } from './analyse-look.js';
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
  const analysis = await analyseLook(services, look, signal);
  if (analysis.windows.length === 0) return nothingPublished(analysis);
  const reportDigest = digestOf(analysis);
  const decision = decideAnalysis(state, analysis, reportDigest);
  const sentence = lookSentence(analysis, decision);
  await keep(services.store, analysis, reportDigest);
  const event = eventOf(analysis, { reportDigest, sentence, decision });
  if (!(await record(services, { request, definition, event }))) return nothingToLookAt(phase);
  const checks = analysis.checks.map(({ isOpen: _, ...check }) => check);
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
  crashPoint('before-look-record');
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

/** A promotion without a champion before it has nobody to be compared with, and a dry run has no promotion. */
function sidesOf({ promotionId, challenger, champion }: LookRequest['promotion']): LookSides {
  if (promotionId !== null && champion !== null) return { promotionId, challenger, champion };
  throw new PermanentFailure('NO_CHAMPION', 'There is no rollout to look at: nobody served before this version.');
}

async function keep(store: Store, analysis: RolloutAnalysis, reportDigest: string): Promise<void> {
  crashPoint('before-look');
  await store.createIfAbsent(analysisPath(reportDigest), canonicalJson(analysis));
  crashPoint('after-look');
}

function eventOf(
  { promotionId, phase, step, verdict, windows }: RolloutAnalysis,
  found: { readonly reportDigest: string; readonly sentence: string; readonly decision: LookDecision },
): RolloutAnalyzed {
  const { reportDigest, sentence, decision } = found;
  return {
    type: 'rollout-analyzed',
    promotionId,
    phase,
    step,
    reportDigest,
    verdict,
    status: decision.status,
    ...(decision.isTolerated ? { isTolerated: true } : {}),
    sentence,
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
function nothingToLookAt(phase: LookRequest['phase']): RolloutLook {
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

import type { ChampionChanged, PromotionClosed, SplitChanged } from './promotion-events.js';
import type { Collected } from './collection-events.js';
import type { LedgerEvent } from './events.js';
import { isUnscoredRecord, type FallbackScored } from './publication-events.js';
import type { LedgerRecord } from './record.js';
import { evolvePromotions } from './evolve-promotions.js';
import { isPinRevoked } from './revocation.js';
import { emptyLedger } from './state.js';
import type {
  ChainedRecord,
  ChampionTerm,
  Exclusion,
  LedgerState,
  Recorded,
  RecordedFallback,
  SplitTerm,
} from './state.js';

/** The ledger as its records say it, oldest first. */
export function foldLedger(records: readonly ChainedRecord[], from: LedgerState = emptyLedger): LedgerState {
  return records.reduce(evolve, from);
}

/** What one more record makes of the ledger. It records; whether it was allowed is `decideAppend`'s question. */
export function evolve(state: LedgerState, { record, hash }: ChainedRecord): LedgerState {
  const next = evolvePromotions(evolveFacts(state, record), record);
  return { ...next, head: { number: record.number, hash } };
}

function evolveFacts(state: LedgerState, record: LedgerRecord): LedgerState {
  const { event } = record;
  switch (event.type) {
    case 'model-registered':
      return state.models.has(event.model.modelDigest)
        ? state
        : { ...state, models: withEntry(state.models, event.model.modelDigest, recorded(record, event)) };
    case 'retrain-decided':
      return { ...state, retrainDecisions: [...state.retrainDecisions, recorded(record, event)] };
    case 'champion-changed':
      return changeChampion(state, record, event);
    case 'split-changed':
      return changeSplit(state, record, event);
    case 'promotion-closed':
      return { ...state, excludedChallengers: [...state.excludedChallengers, ...exclusionsOf(event, record.number)] };
    case 'alias-projected':
      return projectAlias(state, recorded(record, event));
    case 'alias-moved-elsewhere': {
      const openFinding = recorded(record, event);
      return { ...state, aliasAlarms: [...state.aliasAlarms, openFinding], openFinding };
    }
    case 'alias-settled':
      return { ...state, openFinding: null };
    case 'predictions-replaced':
      return { ...state, replacements: withEntry(state.replacements, event.rollbackId, recorded(record, event)) };
    case 'rollback-drilled':
      return { ...state, drills: [...state.drills, recorded(record, event)] };
    case 'window-held':
      return { ...state, heldWindows: [...state.heldWindows, recorded(record, event)] };
    case 'fallback-scored':
      return { ...state, fallbacks: [...state.fallbacks, recordedFallback(record, event)] };
    case 'window-monitored':
      return { ...state, monitoredWindows: [...state.monitoredWindows, recorded(record, event)] };
    case 'collected':
      return { ...state, collected: withCollected(state.collected, record, event) };
    case 'promotion-opened':
    case 'gates-evaluated':
    case 'approval-requested':
    case 'approval-notified':
    case 'decision-received':
    case 'rollout-analyzed':
      return state;
  }
}

function recordedFallback(record: LedgerRecord, event: FallbackScored): RecordedFallback {
  return { ...recorded(record, event), isUnscored: isUnscoredRecord(record.recordId) };
}

function changeChampion(state: LedgerState, record: LedgerRecord, event: ChampionChanged): LedgerState {
  const term: ChampionTerm = {
    epoch: state.decisionEpoch + 1,
    model: event.to,
    since: record.at,
    recordNumber: record.number,
    cause: event.cause,
    decisionId: event.decisionId,
    reportDigest: event.reportDigest,
    approvalNumber: event.approvalNumber,
  };
  const revoked = event.revokedDigests.map((modelDigest) => ({ modelDigest, atEpoch: term.epoch }));
  const changed: LedgerState = {
    ...state,
    decisionEpoch: term.epoch,
    champion: event.to,
    championHistory: [...state.championHistory, term],
    split: null,
    revocations: [...state.revocations, ...revoked],
    excludedChallengers: [
      ...state.excludedChallengers,
      ...event.revokedDigests.map((modelDigest) => exclusion(modelDigest, 'rolled-back', record.number)),
    ],
    pendingProjection: term,
    openFinding: null,
  };
  return { ...changed, previousChampion: findPreviousChampion(changed) };
}

/** A rollout that ended without its challenger leaves no split behind, but an epoch of its own. */
function changeSplit(state: LedgerState, record: LedgerRecord, event: SplitChanged): LedgerState {
  const { promotionId, step, challenger, sharePercent, salt, grounds, definitionDigest, outcome, revokedDigests } =
    event;
  const term: SplitTerm = {
    promotionId,
    step,
    challenger,
    sharePercent,
    salt,
    grounds,
    ...(definitionDigest === undefined ? {} : { definitionDigest }),
    ...(outcome === undefined ? {} : { outcome }),
    revokedDigests,
    epoch: state.decisionEpoch + 1,
    since: record.at,
    recordNumber: record.number,
  };
  // An earlier champion that was tried again keeps what it served in its own days.
  const fromEpoch = state.splitHistory.find((split) => split.promotionId === promotionId)?.epoch ?? term.epoch;
  const revoked = revokedDigests.map((modelDigest) => ({ modelDigest, atEpoch: term.epoch, fromEpoch }));
  return {
    ...state,
    decisionEpoch: term.epoch,
    split: step === null ? null : term,
    splitHistory: [...state.splitHistory, term],
    revocations: [...state.revocations, ...revoked],
  };
}

function findPreviousChampion(state: LedgerState): ChampionTerm['model'] | null {
  const earlier = state.championHistory.findLast(
    ({ model, epoch }) =>
      model.modelDigest !== state.champion?.modelDigest &&
      !isPinRevoked(state, { modelDigest: model.modelDigest, decisionEpoch: epoch }),
  );
  return earlier?.model ?? null;
}

function projectAlias(state: LedgerState, projection: NonNullable<LedgerState['lastProjection']>): LedgerState {
  const isHead = state.pendingProjection?.recordNumber === projection.changeNumber;
  const pendingProjection = isHead ? null : state.pendingProjection;
  return { ...state, lastProjection: projection, pendingProjection, openFinding: null };
}

function withCollected(
  known: LedgerState['collected'],
  record: LedgerRecord,
  event: Collected,
): LedgerState['collected'] {
  const collected = new Map(known);
  for (const file of event.files) collected.set(file.path, { ...file, recordNumber: record.number, at: record.at });
  return collected;
}

function exclusionsOf(event: PromotionClosed, recordNumber: number): readonly Exclusion[] {
  switch (event.outcome) {
    case 'refused':
    case 'rejected':
    case 'aborted':
    case 'rolled-back':
      return [exclusion(event.challengerDigest, event.outcome, recordNumber)];
    case 'promoted':
    case 'expired':
    case 'superseded':
      return [];
  }
}

function exclusion(modelDigest: string, because: Exclusion['because'], recordNumber: number): Exclusion {
  return { modelDigest, because, recordNumber };
}

function recorded<E extends LedgerEvent>(record: LedgerRecord, event: E): Recorded<E> {
  return { ...event, recordNumber: record.number, at: record.at };
}

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}

import type { Problem } from '../failure-types.js';
import { findChampionProblems } from './champion-rules.js';
import { findSplitProblems } from './split-rules.js';
import { findPromotionProblems } from './promotion-rules.js';
import { must, problemsOf, shown } from './rule.js';
import type { LedgerEntry } from './record.js';
import { findCollectionProblems } from './collection-rules.js';
import type { LedgerState } from './state.js';
import type { AliasProjected, AliasSettled } from './registry-events.js';
import type { ModelRegistered } from './events.js';
import type { PredictionsReplaced } from './publication-events.js';
import type { Window } from '../window.js';

/** Whether an entry may follow the records there are. A refused entry comes with every reason at once. */
export type AppendDecision =
  { readonly status: 'ok' } | { readonly status: 'refused'; readonly problems: readonly Problem[] };

/** The law of the ledger: whatever passes here leaves it valid. */
export function decideAppend(state: LedgerState, entry: LedgerEntry): AppendDecision {
  const problems = [...findEntryProblems(entry), ...findEventProblems(state, entry)];
  return problems.length === 0 ? { status: 'ok' } : { status: 'refused', problems };
}

function findEntryProblems(entry: LedgerEntry): readonly Problem[] {
  return problemsOf(
    must(entry.recordId !== '', 'recordId', 'an empty text', 'the name of one fact'),
    must(!Number.isNaN(Date.parse(entry.at)), 'at', entry.at, 'an ISO instant such as 2001-03-05T06:00:00.000Z'),
    must(entry.actor.name !== '', 'actor.name', 'an empty text', 'who did it'),
  );
}

function findEventProblems(state: LedgerState, entry: LedgerEntry): readonly Problem[] {
  const { event } = entry;
  switch (event.type) {
    case 'promotion-opened':
    case 'gates-evaluated':
    case 'approval-requested':
    case 'approval-notified':
    case 'decision-received':
    case 'promotion-closed':
    case 'rollout-analyzed':
      return findPromotionProblems(state, event, entry.at);
    case 'champion-changed':
      return findChampionProblems(state, event, entry.at);
    case 'split-changed':
      return findSplitProblems(state, event, entry.at);
    case 'model-registered':
      return findRegistrationProblems(state, event);
    case 'alias-projected':
      return findProjectionProblems(state, event);
    case 'alias-moved-elsewhere':
      return problemsOf(must(state.champion !== null, 'champion', 'none', 'a champion whose alias can be moved'));
    case 'alias-settled':
      return findSettlementProblems(state, event);
    case 'predictions-replaced':
      return findReplacementProblems(state, event);
    case 'window-held':
    case 'fallback-scored':
    case 'window-monitored':
      return findWindowProblems(event.window);
    case 'collected':
      return findCollectionProblems(state, event);
    case 'rollback-drilled':
      return problemsOf(must(state.champion !== null, 'champion', 'none', 'a champion that can be rolled back'));
    case 'retrain-decided':
      return [];
  }
}

function findRegistrationProblems(state: LedgerState, { model }: ModelRegistered): readonly Problem[] {
  const taken = [...state.models.values()].find(
    (known) => known.model.registeredName === model.registeredName && known.model.version === model.version,
  );
  return problemsOf(
    must(
      taken === undefined || taken.model.modelDigest === model.modelDigest,
      'model.version',
      `${model.registeredName} version ${model.version} of digest ${model.modelDigest}`,
      `digest ${taken?.model.modelDigest ?? ''}, registered by record ${String(taken?.recordNumber)}`,
    ),
  );
}

function findProjectionProblems(state: LedgerState, event: AliasProjected): readonly Problem[] {
  const term = state.championHistory.find(({ recordNumber }) => recordNumber === event.changeNumber);
  const last = state.lastProjection?.changeNumber ?? 0;
  const isTarget = term?.model.modelDigest === event.model.modelDigest && term.model.version === event.model.version;
  return problemsOf(
    must(term !== undefined, 'changeNumber', String(event.changeNumber), 'the number of a champion-changed record'),
    must(term === undefined || isTarget, 'model', event.model.version, `version ${term?.model.version ?? ''}`),
    must(event.changeNumber >= last, 'changeNumber', String(event.changeNumber), `at least ${String(last)}`),
  );
}

function findSettlementProblems(state: LedgerState, event: AliasSettled): readonly Problem[] {
  const open = state.openFinding?.recordNumber;
  const champion = state.champion?.version;
  return problemsOf(
    must(event.findingNumber === open, 'findingNumber', shown(event.findingNumber), `the open finding: ${shown(open)}`),
    must(event.version === champion, 'version', event.version, `the champion: ${shown(champion)}`),
  );
}

function findReplacementProblems(state: LedgerState, event: PredictionsReplaced): readonly Problem[] {
  const isKnown =
    state.championHistory.some(({ cause, decisionId }) => cause === 'rollback' && decisionId === event.rollbackId) ||
    state.splitHistory.some(({ step, promotionId }) => step === null && promotionId === event.rollbackId);
  const earlier = state.replacements.get(event.rollbackId);
  return problemsOf(
    must(isKnown, 'rollbackId', event.rollbackId, 'the id of a rollback, or of a promotion whose rollout ended'),
    must(earlier === undefined, 'rollbackId', `replaced by record ${String(earlier?.recordNumber)}`, 'one replacement'),
  );
}

function findWindowProblems(window: Window): readonly Problem[] {
  const isForward = Date.parse(window.start) < Date.parse(window.end);
  return problemsOf(must(isForward, 'window', `${window.start} to ${window.end}`, 'a start before its end'));
}

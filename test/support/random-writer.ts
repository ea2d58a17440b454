import type { LedgerEvent } from '../../domain/ledger/events.js';
import { decisionInForce, splitsOf } from '../../domain/ledger/questions.js';
import type { LedgerState, OpenPromotion } from '../../domain/ledger/state.js';
import {
  changed,
  closed,
  day,
  decided,
  digest,
  evaluated,
  model,
  opened,
  registered,
  requested,
  rolledBack,
} from './ledger.js';

/** A command as a writer without any sense makes it: numbers that stand for what, for whom, and how wrong. */
export interface Command {
  readonly kind: number;
  readonly id: number;
  readonly letter: number;
  readonly other: number;
  /** Made up from the numbers alone, whatever the ledger says. */
  readonly wild: boolean;
}

const letters = ['a', 'b', 'c', 'd'] as const;
const outcomes = ['promoted', 'refused', 'rejected', 'aborted', 'expired'] as const;

/** The event that a command means in a ledger as it stands. */
export function eventOf(state: LedgerState, command: Command): LedgerEvent {
  const { kind, id, letter, other, wild } = command;
  const open = wild ? null : state.openPromotion;
  const promotionId = open?.promotionId ?? `p${String(id)}`;
  const challenger = letterOf(open?.challenger.modelDigest) ?? letters[letter] ?? 'a';
  const champion = wild ? (letters[other % 4] ?? 'a') : letterOf(state.champion?.modelDigest);
  const reportDigest = open?.report?.reportDigest ?? digest(`report ${promotionId}`);
  switch (kind) {
    case 0:
      return registered(challenger);
    case 1:
      return opened(`p${String(id)}`, challenger, champion === null ? 'bootstrap' : 'promotion');
    case 2:
      return evaluated(promotionId, challenger, champion, wild ? other : state.decisionEpoch, {
        verdict: other === 0 ? 'fail' : other === 1 ? 'inconclusive' : 'pass',
        reportDigest: digest(`report ${promotionId} ${String(state.head.number)}`),
      });
    case 3:
      return { ...requested(promotionId), reportDigest } as LedgerEvent;
    case 4:
      return decided(promotionId, 'approve', { accepted: other !== 0, reportDigest, by: `person ${String(id)}` });
    case 5:
      return decided(promotionId, other === 0 ? 'abort' : 'reject', { accepted: other < 2, reportDigest });
    case 6:
      return changed(promotionId, champion, challenger, approvalOf(open) ?? other, { reportDigest });
    case 7:
      return closed(promotionId, challenger, outcomes[other] ?? 'refused');
    case 8:
      return rolledBack(`r${String(id)}-${String(other)}`, champion ?? 'a', earlierOf(state, command));
    case 9:
      return splitOf(state, command, promotionId, challenger);
    case 10:
      return lookAt(state, command, promotionId);
    case 11:
      return replaced(state, command);
    case 12:
      return projected(state, command);
    default:
      return sensible(state, command);
  }
}

/** What the open promotion needs next, with a rollout on every second one; without one, a promotion. */
function sensible(state: LedgerState, command: Command): LedgerEvent {
  const open = state.openPromotion;
  const champion = letterOf(state.champion?.modelDigest);
  if (open === null) {
    const challenger = letters.filter((name) => name !== champion)[command.letter % 3] ?? 'a';
    if (!state.models.has(model(challenger).modelDigest)) return registered(challenger);
    return opened(`p${String(state.head.number)}`, challenger, champion === null ? 'bootstrap' : 'promotion');
  }
  const { promotionId, report } = open;
  const challenger = letterOf(open.challenger.modelDigest) ?? 'a';
  if (open.change !== null) return closed(promotionId, challenger, 'promoted');
  const own = splitsOf(state, promotionId);
  if (own.length > 0 && state.split === null) return closed(promotionId, challenger, 'expired');
  if (report?.decisionEpoch !== state.decisionEpoch - own.length) {
    if (own.length > 0) return endOfRollout(promotionId, challenger);
    const reportDigest = digest(`report ${String(state.head.number)}`);
    return evaluated(promotionId, challenger, champion, state.decisionEpoch, { reportDigest });
  }
  const decision = decisionInForce(open);
  if (decision === null) return decided(promotionId, 'approve', { reportDigest: report.reportDigest });
  const isLooked = state.split !== null && command.letter === 0;
  if (isLooked) return lookAt(state, { ...command, other: 2 + (command.other % 3) }, promotionId);
  const isRolledOut = champion !== null && open.openedNumber % 2 === 0 && own.length < 3;
  if (isRolledOut) return splitOf(state, { ...command, wild: false, other: 4 }, promotionId, challenger);
  return changed(promotionId, champion, challenger, decision.recordNumber, { reportDigest: report.reportDigest });
}

function splitOf(state: LedgerState, { other, wild }: Command, promotionId: string, challenger: string): LedgerEvent {
  if (other === 0) return endOfRollout(promotionId, challenger);
  const own = splitsOf(state, promotionId);
  return {
    type: 'split-changed',
    promotionId,
    step: wild ? other : own.length,
    challenger: model(challenger),
    sharePercent: wild ? other * 30 - 30 : ([0, 5, 25, 100][own.length] ?? 100),
    salt: other === 1 ? 'another' : `salt of ${promotionId}`,
    grounds: [],
    revokedDigests: [],
  };
}

function endOfRollout(promotionId: string, challenger: string): LedgerEvent {
  return {
    type: 'split-changed',
    promotionId,
    step: null,
    challenger: model(challenger),
    sharePercent: 0,
    salt: `salt of ${promotionId}`,
    grounds: ['harm'],
    revokedDigests: [model(challenger).modelDigest],
  };
}

function lookAt(state: LedgerState, { other }: Command, promotionId: string): LedgerEvent {
  return {
    type: 'rollout-analyzed',
    promotionId,
    phase: other === 0 ? 'watch' : 'step',
    step: other === 0 ? null : other === 1 ? 7 : (state.split?.step ?? 0),
    reportDigest: digest(`look ${String(state.head.number)}`),
    verdict: (['pass', 'fail', 'inconclusive'] as const)[other % 3] ?? 'pass',
    sentence: 'as measured',
    windows: [day],
  };
}

function replaced(state: LedgerState, { id, wild }: Command): LedgerEvent {
  const last = state.championHistory.findLast(({ cause }) => cause === 'rollback');
  return {
    type: 'predictions-replaced',
    rollbackId: wild ? `r${String(id)}` : (last?.decisionId ?? 'none'),
    tableVersion: 1,
    windows: [day],
    rowsReplaced: 0,
    decisionsChanged: 0,
    correctionFile: null,
  };
}

function projected(state: LedgerState, { other, wild }: Command): LedgerEvent {
  const term = wild ? state.championHistory.at(other) : state.championHistory.at(-1);
  return {
    type: 'alias-projected',
    alias: 'champion',
    model: term?.model ?? model('a'),
    changeNumber: term?.recordNumber ?? other,
  };
}

function approvalOf(open: OpenPromotion | null): number | undefined {
  return open?.decisions.findLast((decision) => decision.decision === 'approve')?.recordNumber;
}

function earlierOf(state: LedgerState, { letter, wild }: Command): string {
  return (wild ? null : letterOf(state.previousChampion?.modelDigest)) ?? letters[letter] ?? 'a';
}

function letterOf(modelDigest: string | undefined): string | null {
  return modelDigest?.slice(0, 1) ?? null;
}

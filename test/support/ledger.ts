import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { sealRecord } from '../../contracts/ledger-record.js';
import { decideAppend } from '../../domain/ledger/append-rules.js';
import type { ChampionChanged, GatesEvaluated } from '../../domain/ledger/promotion-events.js';
import type { DecisionReceived } from '../../domain/ledger/decision-events.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import { evolve } from '../../domain/ledger/evolve.js';
import type { LedgerEntry } from '../../domain/ledger/record.js';
import { emptyLedger, type ChainedRecord, type LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { MemoryStore } from './memory-store.js';

export const pipeline = 'flights';
export const day = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-06T00:00:00.000Z' };

/** A model named by a letter: its digest is 64 of them. */
export function model(letter: string, version = String(letter.charCodeAt(0) - 96)): ModelRef {
  return { modelDigest: letter.repeat(64), registeredName: pipeline, version };
}

/** A digest that is recognisable by its first letters. */
export function digest(name: string): string {
  return sha256Hex(name);
}

/** An instant: hours after the start of a day in March. */
export function hour(hours: number): string {
  return new Date(Date.parse('2001-03-05T00:00:00.000Z') + hours * 3_600_000).toISOString();
}

export function entryOf(event: LedgerEvent, overrides: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    recordId: sha256Hex(canonicalJson(event)),
    at: hour(0),
    actor: { name: 'tester', kind: 'person' },
    reason: 'a test',
    workflow: null,
    event,
    ...overrides,
  };
}

export function registered(letter: string): LedgerEvent {
  return {
    type: 'model-registered',
    model: model(letter),
    definitionDigest: digest('definition'),
    trainingSnapshotDigest: digest(`snapshot ${letter}`),
    trainingWindow: day,
    validationWindow: day,
    asOf: day.end,
    registryRunId: `run-${letter}`,
  };
}

export function opened(id: string, letter: string, kind: 'bootstrap' | 'promotion' = 'promotion'): LedgerEvent {
  return { type: 'promotion-opened', promotionId: id, kind, challenger: model(letter) };
}

export function evaluated(
  id: string,
  challenger: string,
  champion: string | null,
  decisionEpoch: number,
  overrides: Partial<GatesEvaluated> = {},
): GatesEvaluated {
  const verdict = overrides.verdict ?? 'pass';
  return {
    type: 'gates-evaluated',
    promotionId: id,
    reportDigest: digest(`report ${id}`),
    challengerDigest: model(challenger).modelDigest,
    championDigest: champion === null ? null : model(champion).modelDigest,
    decisionEpoch,
    verdict,
    checks: [{ name: 'notWorse(auc)', verdict, why: 'as measured' }],
    validUntil: hour(168),
    ...overrides,
  };
}

export function decided(
  id: string,
  decision: 'approve' | 'reject' | 'abort',
  overrides: Partial<
    Pick<DecisionReceived, 'reportDigest' | 'accepted' | 'by' | 'quorum' | 'identity' | 'receivedAt'>
  > = {},
): LedgerEvent {
  const reportDigest = decision === 'abort' ? null : digest(`report ${id}`);
  return {
    type: 'decision-received',
    promotionId: id,
    decision,
    by: 'Ada',
    reportDigest,
    accepted: true,
    note: '',
    ...overrides,
  };
}

export function requested(id: string): LedgerEvent {
  return { type: 'approval-requested', promotionId: id, reportDigest: digest(`report ${id}`), deadlineAt: hour(72) };
}

export function changed(
  id: string,
  from: string | null,
  to: string,
  approvalNumber: number,
  overrides: Partial<ChampionChanged> = {},
): ChampionChanged {
  return {
    type: 'champion-changed',
    cause: from === null ? 'bootstrap' : 'promotion',
    decisionId: id,
    from: from === null ? null : model(from),
    to: model(to),
    reportDigest: digest(`report ${id}`),
    approvalNumber,
    revokedDigests: [],
    ...overrides,
  };
}

export function rolledBack(id: string, from: string, to: string): ChampionChanged {
  return {
    type: 'champion-changed',
    cause: 'rollback',
    decisionId: id,
    from: model(from),
    to: model(to),
    reportDigest: null,
    approvalNumber: null,
    revokedDigests: [model(from).modelDigest],
  };
}

export function closed(
  id: string,
  letter: string,
  outcome: 'promoted' | 'refused' | 'rejected' | 'aborted' | 'expired',
): LedgerEvent {
  return {
    type: 'promotion-closed',
    promotionId: id,
    outcome,
    challengerDigest: model(letter).modelDigest,
    reportDigest: null,
    grounds: [],
  };
}

/** A ledger in the making: every event passes the rules, or the test fails. */
export class LedgerBuilder {
  readonly records: ChainedRecord[] = [];
  state: LedgerState = emptyLedger;

  append(event: LedgerEvent, overrides: Partial<LedgerEntry> = {}): this {
    const recordId = `record-${String(this.state.head.number + 1)}`;
    const entry = entryOf(event, { recordId, at: hour(this.state.head.number), ...overrides });
    const decision = decideAppend(this.state, entry);
    if (decision.status === 'refused') throw new Error(`${event.type}: ${JSON.stringify(decision.problems)}`);
    return this.force(entry);
  }

  /** Appends past the rules, as a forger would. */
  force(entry: LedgerEntry): this {
    const { record, hash } = sealRecord(pipeline, this.state.head, entry);
    this.records.push({ record, hash });
    this.state = evolve(this.state, { record, hash });
    return this;
  }

  /** From registration to a closed promotion. */
  promote(id: string, from: string | null, to: string): this {
    const epoch = this.state.decisionEpoch;
    this.append(registered(to));
    this.append(opened(id, to, from === null ? 'bootstrap' : 'promotion'));
    this.append(evaluated(id, to, from, epoch))
      .append(requested(id))
      .append(decided(id, 'approve'));
    this.append(changed(id, from, to, this.state.head.number));
    return this.append(closed(id, to, 'promoted'));
  }

  writeTo(store: MemoryStore): this {
    for (const { record } of this.records) {
      const name = `ledger/${pipeline}/${String(record.number).padStart(8, '0')}.json`;
      store.files.set(name, new TextEncoder().encode(`${canonicalJson(record)}\n`));
    }
    return this;
  }
}

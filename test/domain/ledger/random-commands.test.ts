import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAppend } from '../../../domain/ledger/append-rules.js';
import type { ChampionChanged } from '../../../domain/ledger/promotion-events.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import { evolve } from '../../../domain/ledger/evolve.js';
import type { LedgerRecord } from '../../../domain/ledger/record.js';
import { emptyLedger, type LedgerState } from '../../../domain/ledger/state.js';
import { hour, pipeline } from '../../support/ledger.js';
import { eventOf, type Command } from '../../support/random-writer.js';

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.nat(24),
  id: fc.nat(5),
  letter: fc.nat(3),
  other: fc.nat(4),
  wild: fc.boolean(),
});

const actor = { name: 'tester', kind: 'person' } as const;
const runs = 1_250;
const commandsPerRun = 90;

/** An accepted event with its number and time: what the invariants are worked out from, without any fold of the product. */
interface Fact<E extends LedgerEvent = LedgerEvent> {
  readonly number: number;
  readonly at: string;
  readonly event: E;
}

function of<T extends LedgerEvent['type']>(facts: readonly Fact[], type: T) {
  return facts.filter((fact): fact is Fact<Extract<LedgerEvent, { type: T }>> => fact.event.type === type);
}

/** Epochs are 1, 2, 3 … one for each change of champion or split; and there is one champion, the last one named. */
function brokenEpochs(state: LedgerState, facts: readonly Fact[]): readonly string[] {
  const changes = facts.filter(({ event }) => event.type === 'champion-changed' || event.type === 'split-changed');
  const epochs = [...state.championHistory, ...state.splitHistory].map(({ epoch }) => epoch).sort((a, b) => a - b);
  const isGapless = epochs.every((epoch, index) => epoch === index + 1) && epochs.length === changes.length;
  const last = of(facts, 'champion-changed').at(-1)?.event.to.modelDigest ?? null;
  return [
    ...(isGapless && state.decisionEpoch === changes.length ? [] : [`I01: epochs are ${epochs.join(', ')}`]),
    ...(last === (state.champion?.modelDigest ?? null) ? [] : ['I01: the champion is not the last one named']),
  ];
}

/** Before it stand a passing report about exactly this pair, and an approval of exactly that report, and no abort. */
function brokenEvidence({ event, number, at }: Fact<ChampionChanged>, before: readonly Fact[]): readonly string[] {
  const own = <T extends { readonly promotionId: string }>(fact: Fact<LedgerEvent & T>): boolean =>
    fact.event.promotionId === event.decisionId;
  const report = of(before, 'gates-evaluated').filter(own).at(-1);
  const decisions = of(before, 'decision-received')
    .filter(own)
    .filter((fact) => fact.event.accepted);
  const approval = decisions.find((fact) => fact.number === event.approvalNumber)?.event;
  const isRolledOut = of(before, 'split-changed').some(own);
  const pair = [report?.event.challengerDigest, report?.event.championDigest].join();
  const fits = [
    [report?.event.verdict === 'pass', 'I03: the latest report does not pass'],
    [report?.event.reportDigest === event.reportDigest, 'I03: another report is named'],
    [pair === [event.to.modelDigest, event.from?.modelDigest ?? null].join(), 'I03: the report is about others'],
    [isRolledOut || at <= (report?.event.validUntil ?? ''), 'I03: the report is too old'],
    [approval?.decision === 'approve', 'I04: no approval'],
    [approval?.reportDigest === event.reportDigest, 'I04: the approval names another report'],
    [decisions.every((fact) => fact.event.decision !== 'abort'), 'I04: it was aborted before'],
  ] as const;
  return fits.flatMap(([holds, sentence]) => (holds ? [] : [`${sentence} (record ${String(number)})`]));
}

/** It was champion before, and no rollback has taken it back since it became so for the last time. */
function brokenTarget({ event }: Fact<ChampionChanged>, before: readonly Fact[]): readonly string[] {
  const term = of(before, 'champion-changed').findLast((fact) => fact.event.to.modelDigest === event.to.modelDigest);
  if (term === undefined) return ['I06: the target never was champion'];
  // The end of a rollout takes back what its challenger served in it, not what it served as a champion before.
  const isRevoked = of(before, 'champion-changed').some(
    (fact) => fact.number > term.number && fact.event.revokedDigests.includes(event.to.modelDigest),
  );
  return isRevoked ? ['I06: the target was taken back'] : [];
}

/** A promotion, and a rollback, change the champion once at most; nothing happens in the name of what is closed. */
function brokenNames(fact: Fact, before: readonly Fact[]): readonly string[] {
  const { event } = fact;
  const isTwice =
    event.type === 'champion-changed' &&
    of(before, 'champion-changed').some((past) => past.event.decisionId === event.decisionId);
  const id = event.type === 'champion-changed' ? event.decisionId : 'promotionId' in event ? event.promotionId : '';
  const isClosed = of(before, 'promotion-closed').some((past) => past.event.promotionId === id);
  const counts = event.type !== 'decision-received' || event.accepted;
  return [
    ...(isTwice ? [`I17: ${id} changed the champion twice`] : []),
    ...(isClosed && counts ? [`I17: ${event.type} in the name of ${id}, which is closed`] : []),
  ];
}

/** Shares of one promotion never fall, with one salt, until its end, after which there is no further step. */
function brokenShares(fact: Fact, before: readonly Fact[]): readonly string[] {
  const { event } = fact;
  if (event.type !== 'split-changed') return [];
  const own = of(before, 'split-changed').filter((past) => past.event.promotionId === event.promotionId);
  const last = own.at(-1)?.event;
  if (last?.step === null) return ['a step after the end of its rollout'];
  if (event.step === null || last === undefined) return [];
  return event.sharePercent < last.sharePercent || event.salt !== last.salt
    ? ['a share fell, or the salt changed']
    : [];
}

function broken(state: LedgerState, facts: readonly Fact[]): readonly string[] {
  const [fact, before] = [facts.at(-1), facts.slice(0, -1)];
  if (fact === undefined) return [];
  const { event } = fact;
  const change = event.type === 'champion-changed' ? { ...fact, event } : null;
  const evidence = change === null ? [] : change.event.cause === 'rollback' ? brokenTarget : brokenEvidence;
  return [
    ...brokenEpochs(state, facts),
    ...(change === null || typeof evidence !== 'function' ? [] : evidence(change, before)),
    ...brokenNames(fact, before),
    ...brokenShares(fact, before),
  ];
}

/** Tries every command, keeps what the ledger takes, and looks at the invariants after each. */
function play(commands: readonly Command[]): {
  readonly facts: readonly Fact[];
  readonly violations: readonly string[];
} {
  let state = emptyLedger;
  const facts: Fact[] = [];
  for (const [index, made] of commands.entries()) {
    // Time passes, more at some commands than at others: reports grow too old.
    const at = hour(index * (1 + made.other));
    const entry = { recordId: String(index), at, actor, reason: 'a test', workflow: null, event: eventOf(state, made) };
    if (decideAppend(state, entry).status === 'refused') continue;
    const { number } = state.head;
    const record: LedgerRecord = {
      ...entry,
      schemaVersion: 1,
      pipeline,
      number: number + 1,
      previousHash: state.head.hash,
    };
    state = evolve(state, { record, hash: String(record.number) });
    facts.push({ number: record.number, at: entry.at, event: entry.event });
    const violations = broken(state, facts);
    if (violations.length > 0) return { facts, violations };
  }
  return { facts, violations: [] };
}

describe('whatever is commanded, in whatever order', () => {
  it(`no invariant of the ledger is broken: ${(runs * commandsPerRun).toLocaleString('en-US')} commands`, () => {
    let tried = 0;
    const taken = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(command, { minLength: commandsPerRun, maxLength: commandsPerRun }), (commands) => {
        const { facts, violations } = play(commands);
        tried += commands.length;
        for (const { event } of facts) {
          const what = event.type === 'champion-changed' ? event.cause : event.type;
          taken.set(what, (taken.get(what) ?? 0) + 1);
        }
        expect(violations).toEqual([]);
      }),
      { numRuns: runs },
    );
    expect(tried).toBeGreaterThanOrEqual(100_000);
    // Nothing is shown by commands that are never taken.
    for (const what of ['bootstrap', 'promotion', 'rollback', 'split-changed', 'rollout-analyzed', 'alias-projected'])
      expect([what, (taken.get(what) ?? 0) > 500]).toEqual([what, true]);
  }, 60_000);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAppend } from '../../../domain/ledger/append-rules.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import { evolve, foldLedger } from '../../../domain/ledger/evolve.js';
import { decisionInForce } from '../../../domain/ledger/questions.js';
import { emptyLedger, type ChainedRecord, type LedgerState } from '../../../domain/ledger/state.js';
import { sealRecord } from '../../../contracts/ledger-record.js';
import { checkChampionEpochs, checkLedgerRules, checkPromotionEvidence } from '../../../domain/verify/ledger-checks.js';
import {
  changed,
  closed,
  decided,
  digest,
  entryOf,
  evaluated,
  hour,
  model,
  opened,
  pipeline,
  registered,
  requested,
} from '../../support/ledger.js';

/** A writer that sometimes does the sensible next thing and sometimes anything at all. */
type Choice = {
  readonly kind: number;
  readonly id: number;
  readonly letter: number;
  readonly other: number;
  readonly wild: boolean;
};

const choice: fc.Arbitrary<Choice> = fc.record({
  kind: fc.nat(29),
  id: fc.nat(5),
  letter: fc.nat(3),
  other: fc.nat(4),
  wild: fc.boolean(),
});

function eventOf(state: LedgerState, { kind, id, letter, other, wild }: Choice): LedgerEvent {
  const letters = ['a', 'b', 'c', 'd'] as const;
  const open = wild ? null : state.openPromotion;
  const champion = letterOf(wild ? letters[other % 4] : state.champion?.modelDigest);
  const promotionId = open?.promotionId ?? `p${String(id)}`;
  const challenger = letterOf(open?.challenger.modelDigest) ?? letters[letter] ?? 'a';
  const approval = open?.decisions.findLast((decision) => decision.decision === 'approve')?.recordNumber ?? other;
  const outcomes = ['promoted', 'refused', 'rejected', 'aborted', 'expired'] as const;
  switch (kind) {
    case 0:
      return registered(challenger);
    case 1:
      return opened(`p${String(id)}`, challenger, champion === null ? 'bootstrap' : 'promotion');
    case 2:
      return evaluated(promotionId, challenger, champion, wild ? other : state.decisionEpoch, {
        verdict: other === 0 ? 'fail' : 'pass',
      });
    case 3:
      return requested(promotionId);
    case 4:
      return decided(promotionId, 'approve', { accepted: other !== 0 });
    case 5:
      return decided(promotionId, other === 0 ? 'abort' : 'reject', { accepted: other < 2 });
    case 6:
    case 7:
      return changed(promotionId, champion, challenger, approval);
    case 8:
      return closed(promotionId, challenger, outcomes[other] ?? 'refused');
    case 9:
      return {
        ...changed(`r${String(id)}`, champion, letterOf(state.previousChampion?.modelDigest) ?? challenger, 0),
        cause: 'rollback',
        reportDigest: null,
        approvalNumber: null,
        revokedDigests: champion === null ? [] : [model(champion).modelDigest],
      };
    default:
      return nextStep(state, { kind, id, letter, other, wild });
  }
}

/** What a promotion needs next, whichever challenger it is for. */
function nextStep(state: LedgerState, made: Choice): LedgerEvent {
  const open = state.openPromotion;
  const champion = letterOf(state.champion?.modelDigest);
  if (open === null) {
    const challenger = (['a', 'b', 'c', 'd'] as const).filter((name) => name !== champion)[made.letter % 3] ?? 'a';
    if (!state.models.has(model(challenger).modelDigest)) return registered(challenger);
    return opened(`p${String(state.head.number)}`, challenger, champion === null ? 'bootstrap' : 'promotion');
  }
  const challenger = letterOf(open.challenger.modelDigest) ?? 'a';
  const decision = decisionInForce(open);
  if (open.change !== null) return closed(open.promotionId, challenger, 'promoted');
  if (open.report?.decisionEpoch !== state.decisionEpoch) {
    const reportDigest = digest(`report ${String(state.head.number)}`);
    return evaluated(open.promotionId, challenger, champion, state.decisionEpoch, { reportDigest });
  }
  const { reportDigest } = open.report;
  if (decision === null) return decided(open.promotionId, 'approve', { reportDigest });
  return changed(open.promotionId, champion, challenger, decision.recordNumber, { reportDigest });
}

function letterOf(modelDigest: string | undefined): string | null {
  return modelDigest?.slice(0, 1) ?? null;
}

/** The records that a ledger takes from such a writer. */
function write(choices: readonly Choice[]): readonly ChainedRecord[] {
  let state = emptyLedger;
  const records: ChainedRecord[] = [];
  for (const [index, made] of choices.entries()) {
    const entry = entryOf(eventOf(state, made), {
      recordId: `${String(index)} ${digest(String(index))}`,
      at: hour(index / 10),
    });
    if (decideAppend(state, entry).status === 'refused') continue;
    const { record, hash } = sealRecord(pipeline, state.head, entry);
    records.push({ record, hash });
    state = evolve(state, { record, hash });
  }
  return records;
}

describe('whatever is tried, a ledger that follows the rules', () => {
  const history = fc.array(choice, { minLength: 20, maxLength: 80 }).map(write);

  it('has one epoch per change of champion, the last of them the champion', () => {
    fc.assert(
      fc.property(history, (records) => {
        const state = foldLedger(records);
        const changes = records.filter(({ record }) => record.event.type === 'champion-changed');
        expect(state.decisionEpoch).toBe(changes.length);
        expect(state.championHistory.map(({ epoch }) => epoch)).toEqual(changes.map((_, index) => index + 1));
        expect(state.championHistory.at(-1)?.model ?? null).toEqual(state.champion);
      }),
      { numRuns: 300 },
    );
  });

  it('never has two open promotions', () => {
    fc.assert(
      fc.property(history, (records) => {
        let state = emptyLedger;
        for (const record of records) {
          state = evolve(state, record);
          const open = [...state.promotions.values()].filter(({ status }) => status === 'open');
          expect(open).toEqual(state.openPromotion === null ? [] : [state.openPromotion]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('passes the offline checks', () => {
    fc.assert(
      fc.property(history, (records) => {
        for (const check of [checkLedgerRules, checkChampionEpochs, checkPromotionEvidence]) {
          expect(check(records).problems).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never has a revoked or unregistered champion', () => {
    fc.assert(
      fc.property(history, (records) => {
        const state = foldLedger(records);
        const epoch = state.decisionEpoch;
        const digests = state.revocations
          .filter(({ atEpoch }) => atEpoch === epoch)
          .map(({ modelDigest }) => modelDigest);
        expect(digests).not.toContain(state.champion?.modelDigest);
        if (state.champion !== null) expect([...state.models.keys()]).toContain(state.champion.modelDigest);
      }),
      { numRuns: 300 },
    );
  });

  it('is really exercised: promotions and rollbacks both happen', () => {
    const samples = fc.sample(history, { numRuns: 300, seed: 5 }).flat();
    const causes = samples.flatMap(({ record }) =>
      record.event.type === 'champion-changed' ? [record.event.cause] : [],
    );
    expect(new Set(causes)).toEqual(new Set(['bootstrap', 'promotion', 'rollback']));
  });
});

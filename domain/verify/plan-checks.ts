import type { Problem } from '../failure-types.js';
import type { ChampionChanged, GatesEvaluated, SplitChanged } from '../ledger/promotion-events.js';
import { must, problemsOf, shown } from '../ledger/rule.js';
import type { ChainedRecord } from '../ledger/state.js';
import { shareOf, type PlannedShare } from '../rollout/rollout-plan.js';
import { inRecord, ofType } from './ledger-checks.js';

/** What a promotion did between its approval and the change of champion, and the definition whose plan it had to follow. */
export interface TakenRollout {
  readonly steps: readonly ChainedRecord<SplitChanged>[];
  /** Null where the rollout ended without its challenger, or goes on. */
  readonly change: ChainedRecord<ChampionChanged> | null;
  /**
   * Pinned by the first step, and where no step was taken, by the gates that the change stands on. Null in records from
   * before these had it, which nobody can hold to a plan.
   */
  readonly definitionDigest: string | null;
  /** Records that leave the definition out though one of their kind before them has it. */
  readonly unpinned: readonly ChainedRecord[];
}

/** Every promotion that took a step of a rollout, or changed a champion where there was one before. */
export function listRollouts(records: readonly ChainedRecord[]): readonly TakenRollout[] {
  const splits = ofType(records, 'split-changed').filter(({ record }) => record.event.step !== null);
  const gates = ofType(records, 'gates-evaluated');
  const unpinned = new Set<ChainedRecord>([...withoutPin(splits), ...withoutPin(gates)]);
  const changes = ofType(records, 'champion-changed').filter(({ record }) => record.event.cause === 'promotion');
  const ids = new Set([
    ...splits.map(({ record }) => record.event.promotionId),
    ...changes.map(({ record }) => record.event.decisionId),
  ]);
  return [...ids].map((promotionId) => {
    const change = changes.find(({ record }) => record.event.decisionId === promotionId) ?? null;
    const steps = splits.filter(({ record }) => record.event.promotionId === promotionId);
    const measured = gates.findLast(
      ({ record: { event, number } }) => event.promotionId === promotionId && number < (change?.record.number ?? 0),
    );
    const pinning = steps.length > 0 ? steps : measured === undefined ? [] : [measured];
    return {
      steps,
      change,
      definitionDigest: pinning[0]?.record.event.definitionDigest ?? null,
      unpinned: pinning.filter((chained) => unpinned.has(chained)),
    };
  });
}

/** Records without a definition, behind the first of their kind that names one. */
function withoutPin<T extends SplitChanged | GatesEvaluated>(
  chained: readonly ChainedRecord<T>[],
): readonly ChainedRecord<T>[] {
  const isPinned = ({ record }: ChainedRecord<T>): boolean => record.event.definitionDigest !== undefined;
  const first = chained.findIndex(isPinned);
  return first < 0 ? [] : chained.slice(first).filter((each) => !isPinned(each));
}

/** Every step of the plan, in its order and with its share, and all of them before the champion changes. */
export function findPlanProblems(
  { steps, change, definitionDigest }: TakenRollout,
  plan: readonly PlannedShare[],
): readonly Problem[] {
  const shares = plan.map(shareOf);
  const taken = steps.flatMap((chained, position) => {
    const { event } = chained.record;
    return problemsOf(
      must(event.step === position, 'step', shown(event.step), `${String(position)}, the next one of the plan`),
      must(
        event.sharePercent === shares[position],
        'sharePercent',
        shown(event.sharePercent),
        `${shown(shares[position])}, as its plan has it`,
      ),
      must(
        (event.definitionDigest ?? definitionDigest) === definitionDigest,
        'definitionDigest',
        shown(event.definitionDigest),
        `${shown(definitionDigest)}, by which the rollout began`,
      ),
    ).map((problem) => inRecord(chained, problem));
  });
  if (change === null) return taken;
  const before = steps.filter(({ record }) => record.number < change.record.number);
  const all = `all ${String(plan.length)} of its plan`;
  const missing = must(before.length >= plan.length, 'steps', `${String(before.length)} before it`, all);
  return [...taken, ...problemsOf(missing).map((problem) => inRecord(change, problem))];
}

import type { Problem } from '../failure-types.js';
import type { RolloutAnalyzed } from '../ledger/promotion-events.js';
import type { ChainedRecord } from '../ledger/state.js';
import type { VerifyCheck } from './check.js';
import { checkEach } from './check.js';
import { inRecord, ofType } from './ledger-checks.js';

/**
 * A rollout goes on, be it to its next step or to the change of champion, only when the step before was looked at and the
 * last look passed, or a person gave the go-ahead for what a look could not settle.
 */
export function checkRolloutSteps(records: readonly ChainedRecord[]): VerifyCheck {
  const name = 'every step of a rollout follows a look that passed, or a go-ahead';
  return checkEach(name, advances(records), ({ chained, promotionId, step, since }) => {
    const { number } = chained.record;
    const meanwhile = records.filter(({ record }) => record.number > since && record.number < number);
    return findAdvanceProblems(meanwhile, promotionId, step).map((problem) => inRecord(chained, problem));
  });
}

/** A record that leaves a step of its rollout behind, and goes on. */
interface Advance {
  readonly chained: ChainedRecord;
  readonly promotionId: string;
  /** The step that it leaves. */
  readonly step: number;
  /** Record that this step began with. */
  readonly since: number;
}

function advances(records: readonly ChainedRecord[]): readonly Advance[] {
  const begun = new Map<string, { readonly step: number; readonly since: number }>();
  const found: Advance[] = [];
  for (const chained of records) {
    const { event, number } = chained.record;
    const isChange = event.type === 'champion-changed' && event.cause === 'promotion';
    if (!isChange && event.type !== 'split-changed') continue;
    const promotionId = event.type === 'split-changed' ? event.promotionId : event.decisionId;
    const left = begun.get(promotionId);
    // A rollout that ends without its challenger needs no look: anybody may abort it.
    const isEnd = event.type === 'split-changed' && event.step === null;
    if (left !== undefined && !isEnd) found.push({ chained, promotionId, ...left });
    if (event.type === 'split-changed' && event.step !== null)
      begun.set(promotionId, { step: event.step, since: number });
  }
  return found;
}

function findAdvanceProblems(
  meanwhile: readonly ChainedRecord[],
  promotionId: string,
  step: number,
): readonly Problem[] {
  const looks = ofType(meanwhile, 'rollout-analyzed')
    .map(({ record }) => record.event)
    .filter((look) => look.promotionId === promotionId && look.step === step);
  const last = looks.at(-1);
  const expected = `a last look at step ${String(step)} that passed, or an accepted approval of one that settled nothing`;
  if (last === undefined) return [{ field: 'step', found: 'no look before it', expected }];
  if (last.verdict === 'pass') return [];
  if (last.verdict === 'inconclusive' && hasGoAhead(meanwhile, looks)) return [];
  const found = `verdict ${last.verdict}, without a go-ahead`;
  return [{ field: 'step', found, expected }];
}

function hasGoAhead(meanwhile: readonly ChainedRecord[], looks: readonly RolloutAnalyzed[]): boolean {
  const digests = new Set<string | null>(looks.map(({ reportDigest }) => reportDigest));
  return ofType(meanwhile, 'decision-received').some(
    ({ record: { event } }) => event.accepted && event.decision === 'approve' && digests.has(event.reportDigest),
  );
}

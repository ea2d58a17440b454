import type { Store } from '../activities/ports/store.js';
import type { Ledger } from '../activities/ledger/read-ledger.js';
import { digestOf } from '../contracts/digest.js';
import type { GateReport } from '../domain/gates/gate-report.js';
import { findUnjudgeable, findUnreplayed, replayGates, type ReplayedReport } from '../domain/gates/replay-policy.js';
import type { GatesEvaluated } from '../domain/ledger/promotion-events.js';
import type { LedgerState } from '../domain/ledger/state.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { Verdict } from '../domain/verdict.js';

/** A decision of the ledger beside what other gates would have said. */
export interface ReplayedDecision {
  readonly recordNumber: number;
  readonly at: string;
  readonly version: string;
  readonly reportDigest: string;
  readonly verdict: Verdict;
  /** How its promotion ended; `open` while it has not, `measured-again` for a report that a later one replaced. */
  readonly outcome: string;
  readonly replayed: ReplayedReport;
  /** Settings of the policy's backtest that the report was not made with, and that no replay can change. */
  readonly unreplayed: readonly string[];
  /** `would-be-refused`, `would-be-asked`, or null when the answer is the same or nobody can tell. */
  readonly flip: 'would-be-refused' | 'would-be-asked' | null;
}

/** What of a definition says how reports are made and judged. */
export type ReplayedPolicy = Pick<PipelineDefinition, 'gates' | 'backtest'>;

/** Every report that gates were recorded for, oldest first, judged by these gates. */
export async function replayDecisions(
  store: Store,
  { records, state }: Ledger,
  { gates, backtest }: ReplayedPolicy,
): Promise<readonly ReplayedDecision[]> {
  const decisions: ReplayedDecision[] = [];
  for (const { record } of records) {
    const { event, number: recordNumber, at } = record;
    if (event.type !== 'gates-evaluated') continue;
    const { reportDigest, verdict } = event;
    const { replayed, unreplayed } = await replayOne(store, reportDigest, { gates, backtest });
    const version = state.models.get(event.challengerDigest)?.model.version ?? '?';
    const outcome = outcomeOf(state, event, recordNumber);
    const flip = flipOf(verdict, replayed);
    decisions.push({ recordNumber, at, version, reportDigest, verdict, outcome, replayed, unreplayed, flip });
  }
  return decisions;
}

type Replay = Pick<ReplayedDecision, 'replayed' | 'unreplayed'>;

async function replayOne(store: Store, digest: string, { gates, backtest }: ReplayedPolicy): Promise<Replay> {
  const bytes = await store.read(`reports/${digest}/report.json`);
  if (bytes === null) return notJudgeable('the report is not in the store any more');
  const report = parseReport(bytes);
  if (report === null || digestOf(report) !== digest) {
    return notJudgeable('the stored report is not the one that was recorded');
  }
  const why = findUnjudgeable(report);
  if (why !== null) return notJudgeable(why);
  const judged = report as GateReport;
  return { replayed: replayGates(gates, judged), unreplayed: findUnreplayed(backtest, judged) };
}

function notJudgeable(why: string): Replay {
  return { replayed: { status: 'not-judgeable', why: [why] }, unreplayed: [] };
}

function parseReport(bytes: Uint8Array): object | null {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as object | null;
  } catch {
    return null;
  }
}

function outcomeOf(state: LedgerState, event: GatesEvaluated, recordNumber: number): string {
  const promotion = state.promotions.get(event.promotionId);
  if (promotion?.report?.recordNumber !== recordNumber) return 'measured-again';
  return promotion.status === 'closed' ? promotion.outcome : 'open';
}

/** Inconclusive is refused, as a failure is. */
function flipOf(was: Verdict, replayed: ReplayedReport): ReplayedDecision['flip'] {
  if (replayed.status === 'not-judgeable' || (was === 'pass') === (replayed.verdict === 'pass')) return null;
  return was === 'pass' ? 'would-be-refused' : 'would-be-asked';
}

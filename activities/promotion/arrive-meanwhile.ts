import { newestEligibleChallenger } from '../../domain/ledger/questions.js';
import type { WorkflowRef } from '../../domain/ledger/record.js';
import type { LedgerState, OpenPromotion } from '../../domain/ledger/state.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { decideArrival } from '../../domain/promotion/newer-challenger.js';
import type { PromoteInput, PromoteResult } from '../../workflows/api.js';
import { versionOf } from '../evidence/choose-sides.js';
import { closedMeanwhile, elsewhere } from './promotion-results.js';

/** A start that waits for its turn: another promotion is open, and its run is alive. */
export interface QueuedPromotion {
  readonly status: 'queued';
  /** The run that works on the open promotion, and the version it is about. */
  readonly behind: { readonly workflowId: string; readonly version: string };
  /** The version that waits. */
  readonly version: string;
  /** The open promotion is told to stop, because this version is newer. */
  readonly supersedes: boolean;
  /** Ledger head when the wait began. */
  readonly sinceNumber: number;
  readonly pollMs: number;
  /** What the run ends with when a person stops it while it waits. */
  readonly result: PromoteResult;
}

/** What the pipeline's policy makes of a start while another run works on an open promotion. */
export function arriveMeanwhile(args: {
  readonly asked: PromoteInput;
  readonly definition: PipelineDefinition;
  readonly state: LedgerState;
  readonly open: OpenPromotion;
  readonly owner: WorkflowRef;
}): { readonly status: 'elsewhere'; readonly result: PromoteResult } | QueuedPromotion {
  const { asked, definition, state, open, owner } = args;
  const wanted =
    asked.version === undefined
      ? (newestEligibleChallenger(state)?.model ?? null)
      : versionOf(state, 'version', asked.version);
  const arrival = decideArrival({
    policy: definition.approval.newerChallenger,
    open: { ...registered(state, open.challenger.modelDigest), isChanged: open.change !== null },
    wanted: wanted === null ? null : registered(state, wanted.modelDigest),
  });
  const result = elsewhere(open, state, owner.workflowId);
  if (arrival === 'refuse' || wanted === null) return { status: 'elsewhere', result };
  return {
    status: 'queued',
    behind: { workflowId: owner.workflowId, version: open.challenger.version },
    version: wanted.version,
    supersedes: arrival === 'supersede',
    sinceNumber: asked.queuedSince ?? state.head.number,
    pollMs: definition.watch.pollMs,
    result: { ...result, challenger: wanted, promotionId: null },
  };
}

/**
 * How the promotion ended that a run would have gone on with, or that it queued for: another run took that over or was
 * quicker. Null when there is still something to do.
 */
export function endedMeanwhile(state: LedgerState, asked: PromoteInput): PromoteResult | null {
  const { resumes, queuedSince, version } = asked;
  const resumed = resumes === undefined ? undefined : state.promotions.get(resumes);
  if (resumed?.status === 'closed') return closedMeanwhile(resumed, state);
  if (queuedSince === undefined || version === undefined) return null;
  const quicker = [...state.promotions.values()].find(
    (promotion) => promotion.openedNumber > queuedSince && promotion.challenger.version === version,
  );
  return quicker?.status === 'closed' ? closedMeanwhile(quicker, state) : null;
}

function registered(state: LedgerState, modelDigest: string) {
  return { modelDigest, registeredNumber: state.models.get(modelDigest)?.recordNumber ?? 0 };
}

import { decisionInForce } from '../domain/ledger/questions.js';
import { sayApprovals } from '../domain/promotion/asked-people.js';
import type { OpenPromotion } from '../domain/ledger/state.js';
import { nounOf } from './compose-decision.js';
import type { DeadRun } from './promotion-run.js';
import type { WaitingApproval } from './waiting-approvals.js';
import { formatInstant } from './text-table.js';
import { describeRollout, type RolloutFacts, type RolloutStatus } from './rollout-standing.js';

/** An open promotion as a person needs it: what it waits for, and what can be pasted to move it on. */
export interface PromotionStanding {
  readonly promotionId: string;
  readonly kind: OpenPromotion['kind'];
  readonly challengerVersion: string;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly phase: 'measuring' | 'closing' | 'waiting' | 'applying' | 'dead' | RolloutStatus['phase'];
  readonly waitsFor: string;
  readonly reportDigest: string | null;
  readonly deadlineAt: string | null;
  /** Ready to paste; empty when nobody has to do anything. */
  readonly commands: readonly string[];
  /** Set where the server was asked and its run is over. */
  readonly run?: DeadRun;
}

/** `waiting` says whom a report or a look waits for; null where it waits for nobody. */
export function describePromotion(
  facts: RolloutFacts,
  promotion: OpenPromotion,
  waiting: WaitingApproval | null,
): PromotionStanding {
  const { request, report } = promotion;
  const reportDigest = report?.reportDigest ?? null;
  const isAsked = request !== null && request.reportDigest === reportDigest;
  const deadlineAt = isAsked ? request.deadlineAt : null;
  const standing = describeRollout(facts, promotion) ?? phaseOf(facts.pipeline, promotion, waiting);
  return {
    promotionId: promotion.promotionId,
    kind: promotion.kind,
    challengerVersion: promotion.challenger.version,
    openedAt: promotion.openedAt,
    openedBy: promotion.openedBy.name,
    reportDigest,
    deadlineAt,
    ...standing,
    // The commands that can count: where the policy names keys, a name alone does not.
    ...(standing.phase === 'waiting' && waiting !== null ? { commands: waiting.commands } : {}),
  };
}

type Phase = Pick<PromotionStanding, 'phase' | 'waitsFor' | 'commands'>;

function phaseOf(pipeline: string, promotion: OpenPromotion, waiting: WaitingApproval | null): Phase {
  const { report } = promotion;
  const decision = decisionInForce(promotion);
  const abort = `gauntlet abort ${pipeline} --by "your name" --reason "why"`;
  if (decision !== null) {
    return {
      phase: 'applying',
      waitsFor: `the ${nounOf(decision.decision)} of ${decision.by} to be applied`,
      commands: [],
    };
  }
  if (report === null) return { phase: 'measuring', waitsFor: 'its gates to be measured', commands: [abort] };
  if (report.verdict !== 'pass') {
    return { phase: 'closing', waitsFor: `nothing: its gates said ${report.verdict}`, commands: [] };
  }
  // Between its gates and the question nobody is asked yet.
  if (waiting === null) return { phase: 'waiting', waitsFor: 'its approval to be asked for', commands: [abort] };
  const until = waiting.until === null ? '' : ` until ${formatInstant(waiting.until)}`;
  return { phase: 'waiting', waitsFor: `${sayApprovals(waiting)}${until}`, commands: waiting.commands };
}

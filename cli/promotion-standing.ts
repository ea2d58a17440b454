import { approvalsOf, decisionInForce } from '../domain/ledger/questions.js';
import type { OpenPromotion } from '../domain/ledger/state.js';
import { formatInstant, shortDigest } from './text-table.js';
import { versionName } from './record-sentence.js';

/** An open promotion as a person needs it: what it waits for, and what can be pasted to move it on. */
export interface PromotionStanding {
  readonly promotionId: string;
  readonly kind: OpenPromotion['kind'];
  readonly challengerVersion: string;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly phase: 'measuring' | 'closing' | 'waiting' | 'applying' | 'finishing';
  readonly waitsFor: string;
  readonly reportDigest: string | null;
  readonly deadlineAt: string | null;
  /** Ready to paste; empty when nobody has to do anything. */
  readonly commands: readonly string[];
}

export function describePromotion(pipeline: string, promotion: OpenPromotion): PromotionStanding {
  const { request, report } = promotion;
  const reportDigest = report?.reportDigest ?? null;
  const isAsked = request !== null && request.reportDigest === reportDigest;
  return {
    promotionId: promotion.promotionId,
    kind: promotion.kind,
    challengerVersion: promotion.challenger.version,
    openedAt: promotion.openedAt,
    openedBy: promotion.openedBy.name,
    reportDigest,
    deadlineAt: isAsked ? request.deadlineAt : null,
    ...phaseOf(pipeline, promotion, isAsked ? request.deadlineAt : null),
  };
}

type Phase = Pick<PromotionStanding, 'phase' | 'waitsFor' | 'commands'>;

function phaseOf(pipeline: string, promotion: OpenPromotion, deadlineAt: string | null): Phase {
  const { report, change, challenger } = promotion;
  const decision = decisionInForce(promotion);
  const abort = `gauntlet abort ${pipeline} --by "your name" --reason "why"`;
  if (change !== null) {
    return { phase: 'finishing', waitsFor: `${versionName(challenger)} is champion; the alias follows`, commands: [] };
  }
  if (decision !== null) {
    return { phase: 'applying', waitsFor: `the ${decision.decision} of ${decision.by} to be applied`, commands: [] };
  }
  if (report === null) return { phase: 'measuring', waitsFor: 'its gates to be measured', commands: [abort] };
  if (report.verdict !== 'pass') {
    return { phase: 'closing', waitsFor: `nothing: its gates said ${report.verdict}`, commands: [] };
  }
  const naming = `${pipeline} --report ${shortDigest(report.reportDigest)} --by "your name" --reason "why"`;
  const until = deadlineAt === null ? '' : ` until ${formatInstant(deadlineAt)}`;
  const quorum = promotion.request?.quorum ?? 1;
  const approvedBy = approvalsOf(promotion, report.reportDigest).map(({ by }) => by);
  const soFar = approvedBy.length === 0 ? '' : ` (approved by ${approvedBy.join(', ')})`;
  const whose =
    quorum === 1
      ? "a person's approval"
      : `${String(quorum - approvedBy.length)} of ${String(quorum)} approvals${soFar}`;
  return {
    phase: 'waiting',
    waitsFor: `${whose}${until}`,
    commands: [`gauntlet approve ${naming}`, `gauntlet reject ${naming}`, abort],
  };
}

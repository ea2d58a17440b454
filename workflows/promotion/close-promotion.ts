import type { ProjectionActivities } from '../../activities/promotion/projection-activities.js';
import type { PromotionPlan, PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import { aliasOptions, controlOptions } from '../activity-options.js';
import type { GateOutcome, PlannedTransition, PromoteResult } from '../api.js';
import { ifRegistryAnswers, whenRegistryAnswers } from '../registry-patience.js';
import { answerLateDecisions } from './late-decisions.js';
import { stampOf, type Story } from './story.js';
import { steps } from '../steps.js';

const { closePromotion } = steps<PromotionActivities>(controlOptions);
const { projectChampion } = steps<ProjectionActivities>(aliasOptions);

/** Sets the alias after a change of champion, and waits while the registry is away. */
export async function settleAlias(story: Story): Promise<string> {
  const { promotion, board } = story;
  const { pipeline, definitionDigest } = promotion;
  const alias = await whenRegistryAnswers(board, 'setting the alias', () =>
    projectChampion({ pipeline, definitionDigest, stamp: stampOf(story) }),
  );
  return alias.summary;
}

/** As above where something is to begin that does not need the registry; null while it is away. */
export async function tryAlias(story: Story): Promise<string | null> {
  const { promotion, board } = story;
  const { pipeline, definitionDigest } = promotion;
  const alias = await ifRegistryAnswers(board, 'setting the alias', () =>
    projectChampion({ pipeline, definitionDigest, stamp: stampOf(story) }),
  );
  return alias?.summary ?? null;
}

/** Ends the promotion in the ledger. */
export async function close(
  story: Story,
  outcome: Exclude<PromoteResult['status'], 'dry-run' | 'in-progress-elsewhere'>,
  gates: GateOutcome | null,
  approvedBy: string | null,
  why: readonly string[],
  alias: string | null = null,
): Promise<PromoteResult> {
  const { promotion } = story;
  const reportDigest = gates?.reportDigest ?? promotion.appliedReport;
  await closePromotion({ promotion, outcome, reportDigest, grounds: why, stamp: stampOf(story) });
  await answerLateDecisions(story, reportDigest ?? '');
  return {
    ...base(promotion, gates),
    status: outcome,
    summary: summarise(promotion, outcome, why),
    championAfter: outcome === 'promoted' ? promotion.challenger : promotion.champion,
    approvedBy,
    grounds: why,
    alias,
  };
}

/** What a promotion that changes nothing found out. */
export function dryRun(promotion: PromotionPlan, gates: GateOutcome, plan: PlannedTransition | null): PromoteResult {
  const summary = `${plan === null ? 'Dry run' : 'Plan'}: ${gates.sentence} Nothing was changed.`;
  return {
    ...base(promotion, gates),
    status: 'dry-run',
    summary,
    championAfter: promotion.champion,
    approvedBy: null,
    grounds: grounds(gates),
    alias: null,
    ...(plan === null ? {} : { plan }),
  };
}

function base(
  promotion: PromotionPlan,
  gates: GateOutcome | null,
): Pick<PromoteResult, 'promotionId' | 'challenger' | 'championBefore' | 'gates'> {
  return {
    promotionId: promotion.promotionId,
    challenger: promotion.challenger,
    championBefore: promotion.champion,
    gates,
  };
}

function summarise(promotion: PromotionPlan, outcome: string, why: readonly string[]): string {
  const before = promotion.champion === null ? 'the baseline' : `version ${promotion.champion.version}`;
  return outcome === 'promoted'
    ? `Version ${promotion.challenger.version} is champion of ${promotion.pipeline}, after ${before}.`
    : `Version ${promotion.challenger.version} was ${outcome.replace('-', ' ')}: ${why.join('; ')}. ${before[0]?.toUpperCase()}${before.slice(1)} stays.`;
}

/** Only enforced checks decide. */
export function grounds(gates: GateOutcome): readonly string[] {
  return gates.checks
    .filter(({ mode = 'enforce', verdict }) => mode === 'enforce' && verdict !== 'pass')
    .map((check) => `${check.name}: ${check.why}`);
}

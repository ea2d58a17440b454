import type { ProjectionActivities } from '../../activities/promotion/projection-activities.js';
import type { PromotionPlan, PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import { aliasOptions, controlOptions } from '../activity-options.js';
import type { GateOutcome, PromoteResult } from '../api.js';
import { whenRegistryAnswers } from '../registry-patience.js';
import { stampOf, type Story } from './story.js';
import { steps } from '../steps.js';

const { closePromotion } = steps<PromotionActivities>(controlOptions);
const { projectChampion } = steps<ProjectionActivities>(aliasOptions);

/** Ends the promotion in the ledger; after a change of champion the alias follows first. */
export async function close(
  story: Story,
  outcome: Exclude<PromoteResult['status'], 'dry-run' | 'in-progress-elsewhere'>,
  gates: GateOutcome | null,
  approvedBy: string | null,
  why: readonly string[],
): Promise<PromoteResult> {
  const { promotion, board } = story;
  const alias =
    outcome === 'promoted'
      ? await whenRegistryAnswers(board, 'setting the alias', () =>
          projectChampion({
            pipeline: promotion.pipeline,
            definitionDigest: promotion.definitionDigest,
            stamp: stampOf(story),
          }),
        )
      : null;
  const reportDigest = gates?.reportDigest ?? promotion.appliedReport;
  await closePromotion({ promotion, outcome, reportDigest, grounds: why, stamp: stampOf(story) });
  return {
    ...base(promotion, gates),
    status: outcome,
    summary: summarise(promotion, outcome, why),
    championAfter: outcome === 'promoted' ? promotion.challenger : promotion.champion,
    approvedBy,
    grounds: why,
    alias: alias?.summary ?? null,
  };
}

/** What a promotion that changes nothing found out. */
export function dryRun(promotion: PromotionPlan, gates: GateOutcome): PromoteResult {
  const summary = `Dry run: ${gates.sentence} Nothing was changed.`;
  return {
    ...base(promotion, gates),
    status: 'dry-run',
    summary,
    championAfter: promotion.champion,
    approvedBy: null,
    grounds: grounds(gates),
    alias: null,
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
    : `Version ${promotion.challenger.version} was ${outcome}: ${why.join('; ')}. ${before[0]?.toUpperCase()}${before.slice(1)} stays.`;
}

/** Only enforced checks decide. */
export function grounds(gates: GateOutcome): readonly string[] {
  return gates.checks
    .filter(({ mode = 'enforce', verdict }) => mode === 'enforce' && verdict !== 'pass')
    .map((check) => `${check.name}: ${check.why}`);
}

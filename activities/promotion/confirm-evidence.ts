import { digestOf } from '../../contracts/digest.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { formatWindow } from '../../domain/window.js';
import type { GateOutcome } from '../../workflows/api.js';
import type { PromotionPlan } from './begin-promotion.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { Store } from '../ports/store.js';

export interface ConfirmServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
}

export interface ApprovedEvidence {
  readonly promotion: PromotionPlan;
  readonly gates: GateOutcome;
}

/**
 * What has changed since the report that was approved, one sentence each: the champion, the policy, or labels and
 * sources within the report's windows. Empty when everything the approval saw still holds. The report's age is a rule
 * of the ledger. Once the champion is changed in this promotion's name there is nothing left to void.
 */
export async function findMovedGround(
  services: ConfirmServices,
  evidence: ApprovedEvidence,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { promotion } = evidence;
  const pinned = await services.definitions.loadPinned(promotion.definitionDigest);
  const current = await services.definitions.load(promotion.pipeline);
  const { state } = await readLedger(services.store, promotion.pipeline);
  if (state.championHistory.some((term) => term.decisionId === promotion.promotionId)) return [];
  const grounds: string[] = [];
  if (state.decisionEpoch !== promotion.evidence.decisionEpoch)
    grounds.push('the champion has changed since the report');
  if (policyDigest(pinned) !== policyDigest(current.definition))
    grounds.push('the promotion policy has changed since the report');
  for (const fold of promotion.evidence.folds) {
    if (await isFoldUnchanged(services, { ...evidence, pinned, fold }, signal)) continue;
    grounds.push(`labels or sources of ${formatWindow(fold.window)} have changed since the report`);
  }
  return grounds;
}

/** Everything that the approval relied on: how it was measured, who may approve, and what follows. */
function policyDigest({ gates, backtest, approval, rollout, watch, analysis }: PipelineDefinition): string {
  return digestOf({ gates, backtest, approval, rollout, watch, analysis });
}

interface FoldQuestion extends ApprovedEvidence {
  readonly pinned: PipelineDefinition;
  readonly fold: PromotionPlan['evidence']['folds'][number];
}

/** A source may grow elsewhere: what counts are the rows of the window, which the logical digest names. */
async function isFoldUnchanged(
  { dataset }: ConfirmServices,
  question: FoldQuestion,
  signal?: AbortSignal,
): Promise<boolean> {
  const { promotion, gates, pinned, fold } = question;
  const { asOf } = promotion.evidence;
  const request = { definition: pinned, purpose: 'labelled', window: fold.window, asOf } as const;
  const now = await dataset.buildSnapshot(signal === undefined ? request : { ...request, signal });
  const measuredDigest = gates.folds[fold.index]?.snapshotDigest;
  if (measuredDigest === undefined || measuredDigest === now.digest) return measuredDigest === now.digest;
  const [before, after] = await Promise.all(
    [measuredDigest, now.digest].map((digest) => dataset.loadSnapshot(promotion.pipeline, digest)),
  );
  return before?.logicalDigest === after?.logicalDigest && before?.rows === after?.rows;
}

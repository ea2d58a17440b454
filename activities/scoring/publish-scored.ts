import type { ModelRef } from '../../domain/model-ref.js';
import { missingModel, type Rung } from '../../domain/score-ladder.js';
import type { CohortCounts } from '../../domain/shard-facts.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { auditWindow, type AuditedWindow, type AuditServices, type ScoredWindow } from './audit-window.js';
import { crashPoint } from '../crash-point.js';
import { promotionToTell } from '../../domain/ledger/promotion-owner.js';
import { readLedger } from '../ledger/read-ledger.js';
import { publishWindow, type PublishResult } from '../publication/publish-window.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { describeAudit } from './score-audit.js';
import { windowPartition } from '../window-partition.js';

export interface PublishServices extends AuditServices {
  readonly table: PredictionTable;
}

export interface PublishArgs extends ScoredWindow {
  readonly stamp: Stamp;
}

interface Publication extends PublishArgs {
  readonly audited: AuditedWindow;
}

/**
 * Audits a scored window and publishes it, or records that it is held. Safe to repeat after a kill at any point.
 */
export async function publishScored(services: PublishServices, args: PublishArgs): Promise<ScoreResult> {
  const audited = await auditWindow(services, args);
  const publication = { ...args, audited };
  if (audited.decision.status === 'held') return holdWindow(services.store, publication, audited.decision.grounds);
  const missing = missingModel(args.plan, args.rung);
  if (missing !== null) await recordFallback(services.store, publication, missing);
  crashPoint('before-publish');
  const published = await publishAudited(services, publication);
  crashPoint('after-publish');
  const toTell = promotionToTell(await readLedger(services.store, args.plan.pipeline));
  const result = resultOf(publication, published);
  return toTell === null ? result : { ...result, promotionWorkflowId: toTell };
}

function publishAudited(
  { store, table }: PublishServices,
  { plan, rung, audited, stamp }: Publication,
): Promise<PublishResult> {
  return publishWindow({
    store,
    table,
    pins: plan,
    runIdentity: audited.runIdentity,
    window: windowPartition(plan.window),
    served: audited.served,
    emptyServedBy: rung.served.model.modelDigest,
    shadows: audited.shadows,
    comparedWith: plan.live?.identity ?? null,
    info: {
      at: stamp.at,
      workflowId: stamp.workflow.workflowId,
      workflowRunId: stamp.workflow.runId,
      reason: plan.reason,
    },
  });
}

/** What every result says, whether or not something was published. */
function describeScores({ plan, rung, audited, grounds }: Publication) {
  return {
    window: plan.window,
    model: rung.served.model,
    cohort: rung.served.cohort,
    rows: audited.rows,
    positives: audited.positives,
    ...describeCohorts(rung, audited.cohorts),
    shadowVersions: rung.shadows.map((model) => model.version),
    runIdentity: audited.runIdentity,
    tableVersion: null,
    grounds,
    warnings: audited.warnings,
    audit: describeAudit(plan, rung, audited.decision.report),
  };
}

function describeCohorts(
  { challenger }: Rung,
  cohorts: CohortCounts | null,
): Pick<ScoreResult, 'challenger' | 'rowsWithoutEntity'> {
  if (challenger === undefined || cohorts === null) return {};
  const { model, sharePercent } = challenger;
  return { challenger: { model, sharePercent, ...cohorts.challenger }, rowsWithoutEntity: cohorts.withoutEntity };
}

function resultOf(publication: Publication, published: PublishResult): ScoreResult {
  const base = describeScores(publication);
  const day = windowPartition(publication.plan.window);
  const notPublished = (status: 'superseded' | 'overtaken' | 'revoked', why: string): ScoreResult => ({
    ...base,
    status,
    summary: `Not published: ${why}.`,
    grounds: [...base.grounds, why],
  });
  switch (published.status) {
    case 'published':
      return { ...base, status: 'published', summary: summaryOf(publication), tableVersion: published.version };
    case 'already-published': {
      const summary = `${day} was published by an equal run already; nothing changed.`;
      return { ...base, status: 'already-published', summary, tableVersion: published.live.version };
    }
    case 'overtaken':
      return notPublished('overtaken', `another run published ${day} after this run took its pins`);
    case 'superseded': {
      const pinned = publication.plan.decisionEpoch;
      const why = `what is served for ${day} is of decision epoch ${published.live.decisionEpoch}, this run pinned ${pinned}`;
      return notPublished('superseded', why);
    }
    case 'revoked': {
      const why = `model ${published.modelDigest.slice(0, 12)} was rolled back in epoch ${published.revokedAtEpoch}, after this run took its pins`;
      return notPublished('revoked', why);
    }
  }
}

function summaryOf({ plan, rung, audited }: Publication): string {
  const day = windowPartition(plan.window);
  if (audited.rows === 0) return `${day} has no rows: it was published as empty.`;
  const version = rung.served.model.version;
  const rows = audited.rows.toLocaleString('en-US');
  if (rung.challenger === undefined || audited.cohorts === null) {
    return `${rows} predictions for ${day} were published by version ${version}.`;
  }
  const own = audited.cohorts.champion.rows.toLocaleString('en-US');
  const others = audited.cohorts.challenger.rows.toLocaleString('en-US');
  return `${rows} predictions for ${day} were published: ${own} by version ${version} and ${others} by its challenger, version ${rung.challenger.model.version}.`;
}

async function holdWindow(
  store: Store,
  publication: Publication,
  heldBecause: readonly string[],
): Promise<ScoreResult> {
  const { plan, rung, audited, stamp } = publication;
  const grounds = [...publication.grounds, ...heldBecause];
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `held/${audited.runIdentity}`,
    reason: plan.reason,
    event: {
      type: 'window-held',
      window: plan.window,
      runIdentity: audited.runIdentity,
      modelDigest: rung.served.model.modelDigest,
      grounds,
    },
    stamp,
  });
  return {
    ...describeScores(publication),
    status: 'held',
    summary: `${windowPartition(plan.window)} is held: its audit failed, and what was published before stays as it is.`,
    positives: 0,
    shadowVersions: [],
    grounds,
  };
}

async function recordFallback(
  store: Store,
  { plan, rung, audited, grounds, stamp }: Publication,
  missing: ModelRef,
): Promise<void> {
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `fallback/${audited.runIdentity}`,
    reason: plan.reason,
    event: {
      type: 'fallback-scored',
      window: plan.window,
      runIdentity: audited.runIdentity,
      intendedDigest: missing.modelDigest,
      servedDigest: rung.served.model.modelDigest,
      grounds,
    },
    stamp,
  });
}

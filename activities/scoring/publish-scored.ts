import type { ScoreResult } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import type { ScorePlan } from './begin-score.js';
import { crashPoint } from '../crash-point.js';
import { publishWindow, type PublishResult } from '../publication/publish-window.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import type { ScoredWindow } from './score-and-audit.js';
import { windowPartition } from '../window-partition.js';

interface Publication {
  readonly plan: ScorePlan;
  readonly scored: ScoredWindow;
  readonly stamp: Stamp;
}

interface PublishServices {
  readonly store: Store;
  readonly table: PredictionTable;
}

/** Publishes audited scores, or records that the window is held. Safe to repeat after a kill at any point. */
export async function publishScored(services: PublishServices, publication: Publication): Promise<ScoreResult> {
  const { plan, scored } = publication;
  if (scored.status === 'held') return holdWindow(services.store, publication);
  if (scored.served.cohort === 'fallback') await recordFallback(services.store, publication);
  crashPoint('before-publish');
  const published = await publishWindow({
    ...services,
    pins: plan,
    runIdentity: scored.runIdentity,
    window: windowPartition(plan.window),
    served: scored.servedFile,
    shadows: scored.shadowFiles,
    info: {
      at: publication.stamp.at,
      workflowId: publication.stamp.workflow.workflowId,
      workflowRunId: publication.stamp.workflow.runId,
      reason: plan.reason,
    },
  });
  crashPoint('after-publish');
  return resultOf(publication, published);
}

function resultOf({ plan, scored }: Publication, published: PublishResult): ScoreResult {
  const day = windowPartition(plan.window);
  const rows = scored.rows.toLocaleString('en-US');
  const base = {
    window: plan.window,
    model: scored.served.model,
    cohort: scored.served.cohort,
    rows: scored.rows,
    positives: scored.positives,
    shadowVersions: scored.shadowFiles.length === 0 ? [] : plan.shadows.map((model) => model.version),
    runIdentity: scored.runIdentity,
    warnings: scored.warnings ?? [],
  };
  switch (published.status) {
    case 'published': {
      const summary = `${rows} predictions for ${day} were published by version ${base.model.version}.`;
      return { ...base, status: 'published', summary, tableVersion: published.version, grounds: scored.grounds };
    }
    case 'already-published': {
      const summary = `${day} was published by an equal run already; nothing changed.`;
      return {
        ...base,
        status: 'already-published',
        summary,
        tableVersion: published.live.version,
        grounds: scored.grounds,
      };
    }
    case 'superseded': {
      const why = `what is served for ${day} is of decision epoch ${published.live.decisionEpoch}, this run pinned ${plan.decisionEpoch}`;
      return {
        ...base,
        status: 'superseded',
        summary: `Not published: ${why}.`,
        tableVersion: null,
        grounds: [...scored.grounds, why],
      };
    }
    case 'revoked': {
      const why = `model ${published.modelDigest.slice(0, 12)} was rolled back in epoch ${published.revokedAtEpoch}, after this run took its pins`;
      return {
        ...base,
        status: 'revoked',
        summary: `Not published: ${why}.`,
        tableVersion: null,
        grounds: [...scored.grounds, why],
      };
    }
  }
}

async function holdWindow(store: Store, { plan, scored, stamp }: Publication): Promise<ScoreResult> {
  const { model, cohort } = scored.served;
  const what = scored.heldBy === 'validation' ? 'its rows failed validation' : 'its audit failed';
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `held/${scored.runIdentity}`,
    reason: plan.reason,
    event: {
      type: 'window-held',
      window: plan.window,
      runIdentity: scored.runIdentity,
      modelDigest: model.modelDigest,
      grounds: scored.grounds,
    },
    stamp,
  });
  return {
    status: 'held',
    summary: `${windowPartition(plan.window)} is held: ${what}, and what was published before stays as it is.`,
    window: plan.window,
    model,
    cohort,
    rows: scored.rows,
    positives: 0,
    shadowVersions: [],
    runIdentity: scored.runIdentity,
    tableVersion: null,
    grounds: scored.grounds,
    warnings: scored.warnings ?? [],
  };
}

async function recordFallback(store: Store, { plan, scored, stamp }: Publication): Promise<void> {
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `fallback/${scored.runIdentity}`,
    reason: plan.reason,
    event: {
      type: 'fallback-scored',
      window: plan.window,
      runIdentity: scored.runIdentity,
      intendedDigest: plan.champion.modelDigest,
      servedDigest: scored.served.model.modelDigest,
      grounds: scored.grounds,
    },
    stamp,
  });
}

import { describeDecisionShare } from '../../domain/audit/decision-share.js';
import type { AuditReport } from '../../domain/audit/audit-report.js';
import { decideAudit, type AuditDecision } from '../../domain/audit/decide-audit.js';
import { mergeShardFacts, type WindowFacts } from '../../domain/audit/window-facts.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { CohortCounts } from '../../domain/shard-facts.js';
import type { TableFile } from '../../domain/published-table.js';
import { modelsOf, type Rung } from '../../domain/score-ladder.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import { describeValidation } from '../../domain/validation/describe-validation.js';
import type { ScorePlan } from './begin-score.js';
import { readLedger } from '../ledger/read-ledger.js';
import { loadValidationScores } from './open-models.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { TableName } from '../ports/prediction-table.js';
import { collectedMeanwhile } from '../retention/collected-files.js';
import { comparedWithOf, runIdentityOf } from './run-identity.js';
import { findShardRecord, tableOf, type ShardRecordKey, type ShardRecordServices } from './shard-records.js';

export interface AuditServices extends ShardRecordServices {
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly bundles: ModelBundles;
}

/** A window all of whose parts are scored. */
export interface ScoredWindow {
  readonly plan: ScorePlan;
  readonly snapshot: SnapshotRef;
  readonly rung: Rung;
  /** Steps down the ladder that came before. */
  readonly grounds: readonly string[];
}

export interface AuditedWindow {
  readonly runIdentity: string;
  readonly rows: number;
  /** Positive decisions among the served rows. */
  readonly positives: number;
  /** Who serves which rows; null where one model serves all of them. */
  readonly cohorts: CohortCounts | null;
  /** In key order. */
  readonly served: readonly TableFile[];
  readonly shadows: readonly TableFile[];
  readonly decision: AuditDecision;
  /** What validation and audit said without stopping the window. */
  readonly warnings: readonly string[];
}

/** Adds up what the parts' records say, and decides. Throws STORE_MISMATCH when a part has no record, COLLECTED when it has lost it. */
export async function auditWindow(services: AuditServices, scored: ScoredWindow): Promise<AuditedWindow> {
  const { plan, snapshot, rung } = scored;
  const manifest = await services.dataset.loadSnapshot(plan.pipeline, snapshot.digest);
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const parts = await readParts(services, scored, manifest);
  const servedDigest = rung.served.model.modelDigest;
  const validation = await loadValidationScores(services.bundles, modelsOf(rung), definition.label.kind);
  const decision = decideAudit(parts.facts, definition.audit, {
    servedDigest,
    ...(rung.challenger === undefined ? {} : { challengerDigest: rung.challenger.model.modelDigest }),
    snapshotRows: manifest.rows,
    quarantinedRows: manifest.quarantined,
    liveRows: plan.live?.rows ?? 0,
    recentRows: plan.recentRows,
    validation,
  });
  const { rowsOut: rows, cohorts = null } = parts.facts;
  const positives = countPositives(parts.facts, servedDigest);
  // The baseline's threshold is written down, not learned for a rate.
  const rate = validation[servedDigest] === undefined ? null : definition.decision.positiveRate;
  return {
    runIdentity: parts.runIdentity,
    rows,
    positives,
    cohorts,
    served: parts.files.predictions,
    shadows: parts.files['shadow-predictions'],
    decision,
    warnings: [
      ...describeValidation(manifest),
      ...describeUncompared(decision.report),
      ...(rate === null ? [] : describeDecisionShare({ rows, positives }, rate)),
    ],
  };
}

function countPositives({ models, cohorts }: WindowFacts, servedDigest: string): number {
  if (cohorts !== undefined) return cohorts.champion.positives + cohorts.challenger.positives;
  return models.find(({ modelDigest }) => modelDigest === servedDigest)?.positives ?? 0;
}

/** A source that was replaced by one with other keys leaves nothing to compare, which nobody should take for no churn. */
function describeUncompared({ churn }: AuditReport): readonly string[] {
  const live = churn.find(({ against }) => against === 'live');
  return live?.share === null ? ['no row has the key of a published one: decisions could not be compared'] : [];
}

interface ReadParts {
  readonly runIdentity: string;
  readonly facts: WindowFacts;
  readonly files: Readonly<Record<TableName, readonly TableFile[]>>;
}

/** One record after the other, so that memory does not grow with what the facts of each part say. */
async function readParts(
  services: AuditServices,
  { plan, snapshot, rung }: ScoredWindow,
  manifest: SnapshotManifest,
): Promise<ReadParts> {
  const { state } = await readLedger(services.store, plan.pipeline);
  const runIdentity = runIdentityOf(plan, snapshot.digest, rung);
  const comparedWith = comparedWithOf(plan, runIdentity);
  const files: Record<TableName, TableFile[]> = { predictions: [], 'shadow-predictions': [] };
  let facts: WindowFacts | null = null;
  for (const [partIndex, { sha256 }] of manifest.parts.entries()) {
    const key: ShardRecordKey = {
      pipeline: plan.pipeline,
      runIdentity,
      comparedWith,
      partIndex,
      partSha256: sha256,
    };
    const { record, collected } = await findShardRecord(services, state, key);
    if (record === null) throw collected.length > 0 ? collectedMeanwhile(collected) : notScored(key, manifest);
    facts = mergeShardFacts(facts, record.facts);
    for (const [index, file] of record.files.entries()) files[tableOf(record, index)].push(file);
  }
  if (facts === null) throw new RangeError('a snapshot has at least one part');
  return { runIdentity, facts, files };
}

function notScored({ partIndex, runIdentity }: ShardRecordKey, { parts }: SnapshotManifest): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', 'A part of the window has no record of its scores.', {
    problems: [
      {
        field: `part ${String(partIndex)} of run ${runIdentity}`,
        found: 'no record',
        expected: `a record for each of ${String(parts.length)} parts`,
      },
    ],
  });
}

import { decideAudit, type ScoreFacts } from '../../domain/audit.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import { describeValidation } from '../../domain/validation/describe-validation.js';
import type { ScorePlan } from './begin-score.js';
import { crashPoint } from '../crash-point.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable, TableFile } from '../ports/prediction-table.js';
import { adoptTableFile } from '../publication/table-file.js';
import type { Scorer, ScoringModel } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import { holdInvalid } from './hold-invalid.js';
import { runIdentityOf } from './run-identity.js';
import { withStagedFile } from '../staged-file.js';
import { windowPartition } from '../window-partition.js';

export interface ScoringServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly scorer: Scorer;
  readonly bundles: ModelBundles;
  readonly table: PredictionTable;
  /** One scoring pass may take this long before its process is killed. */
  readonly scoreTimeoutMs: number;
}

/** Scores that passed or failed their audit. Files of a held window are not written. */
export interface ScoredWindow {
  readonly status: 'audited' | 'held';
  /** Left out when the audit held the window. */
  readonly heldBy?: 'validation';
  readonly runIdentity: string;
  readonly snapshotDigest: string;
  readonly served: ServedModel;
  readonly rows: number;
  readonly positives: number;
  /** Null for a window without rows, and for a held one. */
  readonly servedFile: TableFile | null;
  readonly shadowFiles: readonly TableFile[];
  readonly grounds: readonly string[];
  /** What validation said without stopping the window. */
  readonly warnings?: readonly string[];
}

/** Who serves: the champion, or what stands in for it. A baseline has the digest `baseline`. */
export interface ServedModel {
  readonly model: ModelRef;
  readonly cohort: 'champion' | 'fallback';
}

interface Attempt {
  readonly served: ServedModel;
  readonly shadows: readonly ModelRef[];
}

interface ScoringJob {
  readonly plan: ScorePlan;
  readonly snapshot: SnapshotRef;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/** Reasons of a model, not of the data or the machine: another model may still score. */
const modelFailures = new Set([
  'MODEL_MISSING',
  'MODEL_CORRUPT',
  'MODEL_SIGNATURE_MISMATCH',
  'MODEL_BAD_OUTPUT',
  'MODEL_TIMEOUT',
  'MODEL_OUT_OF_MEMORY',
]);

/**
 * Scores a snapshot with the champion and its shadows in one pass and audits the result. When the champion cannot
 * score: without the shadows, then the previous champion, then the baseline; each step down is a ground in the result.
 */
export async function scoreAndAudit(services: ScoringServices, job: ScoringJob): Promise<ScoredWindow> {
  const definition = await services.definitions.loadPinned(job.plan.definitionDigest);
  const manifest = await services.dataset.loadSnapshot(job.plan.pipeline, job.snapshot.digest);
  const invalid = holdInvalid(job.plan, job.snapshot.digest, manifest);
  if (invalid !== null) return invalid;
  const grounds: string[] = [];
  for (const attempt of ladder(job.plan, definition)) {
    try {
      return await scoreWith(services, { ...job, definition, manifest, attempt, grounds });
    } catch (error) {
      if (!(error instanceof PermanentFailure) || !modelFailures.has(error.type)) throw error;
      grounds.push(`${nameOf(attempt)} could not score: ${error.message}`);
    }
  }
  throw new PermanentFailure('MODEL_MISSING', `Nothing could score the window. ${grounds.join(' ')}`);
}

function ladder(plan: ScorePlan, definition: PipelineDefinition): readonly Attempt[] {
  const champion: ServedModel = { model: plan.champion, cohort: 'champion' };
  const baseline: ModelRef = {
    modelDigest: 'baseline',
    registeredName: definition.registeredName,
    version: 'baseline',
  };
  const fallbacks = plan.previousChampion === null ? [baseline] : [plan.previousChampion, baseline];
  return [
    { served: champion, shadows: plan.shadows },
    ...(plan.shadows.length === 0 ? [] : [{ served: champion, shadows: [] }]),
    ...fallbacks.map((model): Attempt => ({ served: { model, cohort: 'fallback' }, shadows: [] })),
  ];
}

function nameOf(attempt: Attempt): string {
  const shadows = attempt.shadows.length === 0 ? '' : ' with its shadows';
  return `${attempt.served.cohort} ${attempt.served.model.version}${shadows}`;
}

interface AttemptJob extends ScoringJob {
  readonly definition: PipelineDefinition;
  readonly manifest: SnapshotManifest;
  readonly attempt: Attempt;
  readonly grounds: readonly string[];
}

async function scoreWith(services: ScoringServices, job: AttemptJob): Promise<ScoredWindow> {
  const { attempt, definition, manifest, signal } = job;
  const models = await Promise.all(
    [attempt.served.model, ...attempt.shadows].map((model) => openModel(services, definition, model)),
  );
  const parts = await services.dataset.localParts(manifest);
  const scoring = models.map((model) => model.scoring);
  return withStagedFile(services.store, 'scores', async (scoredPath) => {
    crashPoint('before-score');
    await services.scorer.score({
      definition,
      snapshot: manifest,
      parts,
      models: scoring,
      outputPath: scoredPath,
      timeoutMs: services.scoreTimeoutMs,
      signal,
      onProgress: job.report,
    });
    crashPoint('after-score');
    const facts = await services.scorer.countFacts({ parts, scoredPath, models: scoring });
    return writeIfSound(services, { job, models, scoredPath, facts });
  });
}

interface Scored {
  readonly job: AttemptJob;
  readonly models: readonly OpenedModel[];
  readonly scoredPath: string;
  readonly facts: ScoreFacts;
}

/** The audit stands between scores and files: a window that fails it leaves none. */
async function writeIfSound(
  services: ScoringServices,
  { job, models, scoredPath, facts }: Scored,
): Promise<ScoredWindow> {
  const { plan, attempt } = job;
  const runIdentity = runIdentityOf(plan, job.snapshot.digest, attempt.served.model.modelDigest);
  const held = audit(job, facts, models[0]?.validationMean ?? null);
  const warnings = describeValidation(job.manifest);
  const pinned = { runIdentity, snapshotDigest: job.snapshot.digest, served: attempt.served };
  const common = { ...pinned, rows: facts.rowsOut, warnings };
  if (held.length > 0) {
    const grounds = [...job.grounds, ...held];
    return { ...common, status: 'held', positives: 0, servedFile: null, shadowFiles: [], grounds };
  }
  const files = [];
  for (const [index, model] of models.entries()) {
    files.push(await writeFile(services, { job, model, index, scoredPath, runIdentity, rows: facts.rowsOut }));
  }
  const [served, ...shadows] = files;
  return {
    ...common,
    status: 'audited',
    positives: served?.positives ?? 0,
    servedFile: served?.file ?? null,
    shadowFiles: shadows.flatMap((shadow) => shadow.file ?? []),
    grounds: job.grounds,
  };
}

interface OpenedModel {
  readonly scoring: ScoringModel;
  readonly threshold: number;
  readonly validationMean: number | null;
}

async function openModel(
  services: ScoringServices,
  definition: PipelineDefinition,
  model: ModelRef,
): Promise<OpenedModel> {
  if (model.modelDigest === 'baseline') {
    const scoring = { kind: 'baseline', modelDigest: 'baseline', expression: definition.baseline.expression } as const;
    return { scoring, threshold: definition.baseline.threshold, validationMean: null };
  }
  const [bundle, profile] = await Promise.all([
    services.bundles.open(model.modelDigest),
    services.bundles.profile(model.modelDigest),
  ]);
  return {
    scoring: { kind: 'onnx', modelDigest: model.modelDigest, bundlePath: bundle.bundlePath },
    threshold: bundle.manifest.decisionThreshold,
    validationMean: profile.scores.mean,
  };
}

function audit(job: AttemptJob, facts: ScoreFacts, validationMean: number | null): readonly string[] {
  const decision = decideAudit(facts, job.definition.audit, {
    servedDigest: job.attempt.served.model.modelDigest,
    quarantinedRows: job.manifest.quarantined,
    recentRows: job.plan.recentRows,
    validationMean,
  });
  return decision.status === 'held' ? decision.grounds : [];
}

interface FileJob {
  readonly job: AttemptJob;
  readonly model: OpenedModel;
  readonly index: number;
  readonly scoredPath: string;
  readonly runIdentity: string;
  readonly rows: number;
}

/** Staged, then adopted into the table's folder; nobody sees it until a commit names it. */
async function writeFile(
  services: ScoringServices,
  { job, model, index, scoredPath, runIdentity, rows }: FileJob,
): Promise<{ readonly file: TableFile | null; readonly positives: number }> {
  if (rows === 0) return { file: null, positives: 0 };
  const { plan, snapshot, attempt } = job;
  const modelDigest = model.scoring.modelDigest;
  const outputPath = await services.store.stage('publication', 'parquet');
  const written = await services.scorer.writePublication({
    scoredPath,
    modelIndex: index,
    modelDigest,
    decisionThreshold: model.threshold,
    cohort: index === 0 ? attempt.served.cohort : 'shadow',
    runIdentity,
    outputPath,
  });
  const file = await adoptTableFile({
    store: services.store,
    table: services.table,
    pipeline: plan.pipeline,
    name: index === 0 ? 'predictions' : 'shadow-predictions',
    stagedPath: outputPath,
    facts: {
      rows: written.rows,
      window: windowPartition(plan.window),
      windowEnd: plan.window.end,
      runIdentity,
      modelDigest,
      decisionEpoch: plan.decisionEpoch,
      snapshotDigest: snapshot.digest,
    },
  });
  return { file, positives: written.positives };
}

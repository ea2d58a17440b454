import { PermanentFailure } from '../../domain/failure-types.js';
import type { MetricName } from '../../domain/metrics.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import type { LocalBundle } from '../ports/model-bundles.js';
import type { ProbedRows, VariantScores } from '../ports/probing.js';
import { withStagedFile } from '../staged-file.js';
import type { EvaluatedFold, EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** Rows that are enough to tell what matters, and few enough to score dozens of variants of them in seconds. */
const MAX_ROWS = 20_000;
/** There are some five variants a feature and each holds all features, so many features leave fewer rows. */
const MAX_CELLS = 500_000_000;
/** Fewer say nothing, however many features there are. */
const MIN_ROWS = 500;
const VARIANTS_PER_FEATURE = 5;

/** Labelled rows of the folds that no side was shaped by, ready for a probe. */
export interface Sample {
  readonly path: string;
  readonly rows: number;
}

/** Draws labelled rows of all folds, the same ones every time. */
export async function withSample<T>(
  { dataset, prober, store }: EvidenceServices,
  { plan, definition, folds, signal }: ProbeJob,
  use: (sample: Sample) => Promise<T>,
): Promise<T> {
  const parts = await labelledParts({ dataset }, plan.pipeline, folds);
  return withStagedFile(store, 'probe-sample', async (outputPath) => {
    const { seed } = definition.backtest;
    const maxRows = sampleRows(definition.dataset.features.length);
    const rows = await prober.writeSample({ parts, maxRows, seed, outputPath, signal });
    return use({ path: outputPath, rows });
  });
}

function sampleRows(features: number): number {
  const fitting = Math.floor(MAX_CELLS / (features * (1 + VARIANTS_PER_FEATURE * features)));
  return Math.max(MIN_ROWS, Math.min(MAX_ROWS, fitting));
}

/** Local paths of what the folds were measured on. */
export async function labelledParts(
  { dataset }: Pick<EvidenceServices, 'dataset'>,
  pipeline: string,
  folds: readonly EvaluatedFold[],
): Promise<readonly string[]> {
  const parts = await Promise.all(
    folds.map(async ({ snapshotDigest }) => dataset.localParts(await dataset.loadSnapshot(pipeline, snapshotDigest))),
  );
  return parts.flat();
}

/** A stored snapshot with its parts; null when retention has taken it. */
export async function findSnapshot(
  { dataset }: Pick<EvidenceServices, 'dataset'>,
  pipeline: string,
  digest: string,
): Promise<{ readonly snapshot: SnapshotManifest; readonly parts: readonly string[] } | null> {
  try {
    const snapshot = await dataset.loadSnapshot(pipeline, digest);
    return { snapshot, parts: await dataset.localParts(snapshot) };
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'STORE_MISMATCH') return null;
    throw error;
  }
}

/** What variants of the sample's rows are made of, for one model. */
export interface VariantsJob {
  readonly job: ProbeJob;
  readonly model: ModelRef;
  readonly bundle: LocalBundle;
  readonly sample: Sample;
  /** What each variant is measured by. */
  readonly metric: MetricName;
  readonly writeStacked: (args: {
    readonly rows: ProbedRows;
    readonly outputPath: string;
    readonly signal: AbortSignal;
  }) => Promise<void>;
}

/** Encodes the sample for the model, stacks the variants, scores them in one pass and measures each of them. */
export async function scoreVariants(
  { prober, scorer, scoreTimeoutMs, store }: EvidenceServices,
  { job, model, bundle, sample, metric, writeStacked }: VariantsJob,
): Promise<readonly VariantScores[]> {
  const { signal, definition } = job;
  const scoring = { kind: 'onnx', modelDigest: model.modelDigest, bundlePath: bundle.bundlePath } as const;
  const features = bundle.features.features.map(({ name }) => name);
  return withStagedFile(store, 'probe-inputs', (encodedPath) =>
    withStagedFile(store, 'probe-variants', (stackedPath) =>
      withStagedFile(store, 'probe-scores', async (scoredPath) => {
        await scorer.writeInputs({ parts: [sample.path], model: scoring, outputPath: encodedPath });
        const isWeighted = definition.label.weight !== null;
        const rows = { samplePath: sample.path, encodedPath, features, isWeighted };
        await writeStacked({ rows, outputPath: stackedPath, signal });
        const files = { encodedPath: stackedPath, outputPath: scoredPath };
        await scorer.scoreInputs({ model: scoring, ...files, timeoutMs: scoreTimeoutMs, signal });
        const { decision } = definition;
        const { decisionThreshold } = bundle.manifest;
        return prober.measureVariants({ stackedPath, scoredPath, metric, decisionThreshold, decision, signal });
      }),
    ),
  );
}

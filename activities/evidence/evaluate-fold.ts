import type { MetricName } from '../../domain/metrics.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { ScoringModel } from '../ports/scorer.js';
import { withStagedFile } from '../staged-file.js';
import type { EvaluatedFold, EvidencePlan, EvidenceServices } from './evidence-plan.js';

interface FoldJob {
  readonly plan: EvidencePlan;
  readonly fold: EvidencePlan['folds'][number];
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/** Both sides score the identical rows in one pass; rows without a label are left out afterwards. */
export async function evaluateOneFold(
  services: EvidenceServices,
  { plan, fold, signal, report }: FoldJob,
): Promise<EvaluatedFold> {
  const { dataset, scorer, store } = services;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const request = { definition, purpose: 'labelled', window: fold.window, asOf: plan.asOf, signal } as const;
  const ref = await dataset.buildSnapshot(request);
  const snapshot = await dataset.loadSnapshot(plan.pipeline, ref.digest);
  const models = await openSides(services, plan, definition);
  const sliceColumns = evaluatedColumnsOf(definition);
  const isWeighted = definition.label.weight !== null;
  const parts = await dataset.localParts(snapshot);
  const files = await withStagedFile(store, 'fold-scores', async (scoredPath) => {
    await scorer.score({
      snapshot,
      parts,
      models,
      outputPath: scoredPath,
      carry: ['event_time', 'entity', ...(isWeighted ? ['weight'] : []), ...sliceColumns],
      timeoutMs: services.scoreTimeoutMs,
      signal,
      onProgress: report,
    });
    const pair = { services, pipeline: plan.pipeline, scoredPath, sliceColumns, isWeighted };
    return {
      against: await writeFold({ ...pair, championIndex: 1 }),
      baseline: models.length > 2 ? await writeFold({ ...pair, championIndex: 2 }) : null,
    };
  });
  return {
    index: fold.index,
    window: fold.window,
    rows: files.against.rows,
    snapshotDigest: ref.digest,
    sources: snapshot.sources,
    path: files.against.path,
    baselinePath: files.baseline?.path ?? null,
  };
}

interface FoldPair {
  readonly services: EvidenceServices;
  readonly pipeline: string;
  readonly scoredPath: string;
  readonly sliceColumns: readonly string[];
  readonly isWeighted: boolean;
  /** Place of the opponent among the scored models; the challenger is the first. */
  readonly championIndex: number;
}

/** Named by its content: the same fold measured twice is one file. */
async function writeFold({
  services,
  pipeline,
  ...pair
}: FoldPair): Promise<{ readonly path: string; readonly rows: number }> {
  const { store, evaluator } = services;
  return withStagedFile(store, 'fold', async (outputPath) => {
    const rows = await evaluator.writeFold({ ...pair, challengerIndex: 0, outputPath });
    const file = await store.adopt(outputPath, ({ sha256 }) => `evaluations/${pipeline}/${sha256}.parquet`);
    return { path: file.path, rows };
  });
}

/** Challenger first, then the opponent, then the baseline where a gate compares with it and it is not the opponent. */
async function openSides(
  { bundles }: EvidenceServices,
  plan: EvidencePlan,
  definition: PipelineDefinition,
): Promise<readonly ScoringModel[]> {
  const onnx = async (modelDigest: string): Promise<ScoringModel> => {
    const { bundlePath } = await bundles.open(modelDigest);
    return { kind: 'onnx', modelDigest, bundlePath };
  };
  const baseline: ScoringModel = {
    kind: 'baseline',
    modelDigest: 'baseline',
    expression: definition.baseline.expression,
  };
  const challenger = await onnx(plan.challenger.modelDigest);
  if (plan.champion === null) return [challenger, baseline];
  const champion = await onnx(plan.champion.modelDigest);
  const asks = definition.gates.some((gate) => gate.check === 'beats-baseline');
  return asks ? [challenger, champion, baseline] : [challenger, champion];
}

/** The columns that some gate looks at value by value. */
export function sliceColumnsOf(definition: PipelineDefinition): readonly string[] {
  return [...new Set(definition.gates.flatMap((gate) => (gate.check === 'worst-slice' ? [gate.column] : [])))];
}

/** Columns of a fold that rows are told apart by: slices, and what fairness is judged by. */
function evaluatedColumnsOf(definition: PipelineDefinition): readonly string[] {
  return [...new Set([...sliceColumnsOf(definition), ...definition.dataset.sensitive])];
}

/** The metrics that some gate compares slice by slice. */
export function sliceMetricsOf(definition: PipelineDefinition): readonly MetricName[] {
  return [...new Set(definition.gates.flatMap((gate) => (gate.check === 'worst-slice' ? [gate.metric] : [])))];
}

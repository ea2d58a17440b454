import type { MetricName } from '../../domain/metrics.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import { formatWindow } from '../../domain/window.js';
import { withStagedFile } from '../staged-file.js';
import type { EvaluatedFold, EvidencePlan, EvidenceServices, PlannedFold, RefittedModels } from './evidence-plan.js';
import { openFoldModels, planPasses, type FoldModel, type FoldModels, type ScoringPass } from './fold-sides.js';

interface FoldJob {
  readonly plan: EvidencePlan;
  readonly fold: PlannedFold;
  /** Models that were trained for this fold; the registered ones when left out. */
  readonly refitted?: RefittedModels;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/**
 * Both sides score the identical rows, in one pass where their rows come from one dataset; rows without a label are left
 * out afterwards. Throws BAD_DATA when a side has scored other rows than the other.
 */
export async function evaluateOneFold(services: EvidenceServices, job: FoldJob): Promise<EvaluatedFold> {
  const { plan, fold } = job;
  const models = await openFoldModels(services, plan, job.refitted);
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const sliceColumns = evaluatedColumnsOf(definition, models.challenger.definition);
  return scorePasses(services, { job, sliceColumns, passes: planPasses(models) }, async (scored) => {
    const written = { services, plan, fold, sliceColumns, challenger: placeOf(models.challenger, scored) };
    const champion = placeOf(models.champion, scored);
    const rows = await identifySameRows(written, champion);
    const against = await writeFold(written, champion);
    const baseline = models.baseline === null ? null : placeOf(models.baseline, scored);
    if (baseline !== null) await identifySameRows(written, baseline);
    return {
      index: fold.index,
      window: fold.window,
      rows: against.rows,
      snapshotDigest: written.challenger.snapshotDigest,
      sources: written.challenger.snapshot.sources,
      path: against.path,
      baselinePath: baseline === null ? null : (await writeFold(written, baseline)).path,
      ...recordSides(models, { challenger: written.challenger, champion, rows }),
    };
  });
}

interface Scored {
  readonly pass: ScoringPass;
  readonly path: string;
  readonly snapshot: SnapshotManifest;
  readonly snapshotDigest: string;
}

interface PassesJob {
  readonly job: FoldJob;
  readonly sliceColumns: readonly string[];
  readonly passes: readonly ScoringPass[];
}

/** One pass after the other, each into a staged file that lives until `use` is done. */
async function scorePasses<T>(
  services: EvidenceServices,
  { passes: [pass, ...rest], ...args }: PassesJob,
  use: (scored: readonly Scored[]) => Promise<T>,
  done: readonly Scored[] = [],
): Promise<T> {
  if (pass === undefined) return use(done);
  return withStagedFile(services.store, 'fold-scores', async (path) => {
    const sliceColumns = done.length === 0 ? args.sliceColumns : [];
    const scored = await scorePass(services, { job: args.job, pass, path, sliceColumns });
    return scorePasses(services, { ...args, passes: rest }, use, [...done, scored]);
  });
}

async function scorePass(
  services: EvidenceServices,
  args: {
    readonly job: FoldJob;
    readonly pass: ScoringPass;
    readonly path: string;
    readonly sliceColumns: readonly string[];
  },
): Promise<Scored> {
  const { dataset, scorer } = services;
  const { job, pass, path, sliceColumns } = args;
  const { plan, fold, signal } = job;
  const request = { definition: pass.definition, purpose: 'labelled', window: fold.window, asOf: plan.asOf } as const;
  const ref = await dataset.buildSnapshot({ ...request, signal });
  const snapshot = await dataset.loadSnapshot(plan.pipeline, ref.digest);
  await scorer.score({
    snapshot,
    parts: await dataset.localParts(snapshot),
    models: pass.models.map(({ scoring }) => scoring),
    outputPath: path,
    carry: ['event_time', 'entity', ...(isWeighted(pass.definition) ? ['weight'] : []), ...sliceColumns],
    timeoutMs: services.scoreTimeoutMs,
    signal,
    onProgress: job.report,
  });
  return { pass, path, snapshot, snapshotDigest: ref.digest };
}

/** Where the scores of a model are. */
interface Place extends Scored {
  readonly index: number;
}

function placeOf(model: FoldModel, scored: readonly Scored[]): Place {
  for (const each of scored) {
    const index = each.pass.models.indexOf(model);
    if (index >= 0) return { ...each, index };
  }
  throw new TypeError('unreachable: every model has its pass');
}

interface FoldPair {
  readonly services: EvidenceServices;
  readonly plan: EvidencePlan;
  readonly fold: PlannedFold;
  readonly sliceColumns: readonly string[];
  readonly challenger: Place;
}

/** Each side's own account of its rows. A comparison over rows that only one side has scored would be none. */
async function identifySameRows({ services, fold, challenger }: FoldPair, opponent: Place) {
  const identify = ({ path, index }: Place) => services.evaluator.identifyRows({ scoredPath: path, scoreIndex: index });
  const [ours, theirs] = [await identify(challenger), await identify(opponent)];
  if (ours.digest === theirs.digest) return { champion: theirs.digest, challenger: ours.digest };
  throw new PermanentFailure('BAD_DATA', `Both sides have to be scored on the identical rows.`, {
    problems: [
      {
        field: `fold ${String(fold.index + 1)}, ${formatWindow(fold.window)}`,
        found: `${String(ours.rows)} rows scored by the challenger, ${String(theirs.rows)} by its opponent, not the same ones`,
        expected: 'one row key, event time and label for both',
      },
    ],
  });
}

/** Named by its content: the same fold measured twice is one file. */
async function writeFold(
  { services, plan, sliceColumns, challenger }: FoldPair,
  opponent: Place,
): Promise<{ readonly path: string; readonly rows: number }> {
  const { store, evaluator } = services;
  return withStagedFile(store, 'fold', async (outputPath) => {
    const rows = await evaluator.writeFold({
      scoredPath: challenger.path,
      ...(opponent.path === challenger.path ? {} : { championPath: opponent.path }),
      championIndex: opponent.index,
      challengerIndex: challenger.index,
      sliceColumns,
      isWeighted: isWeighted(challenger.pass.definition),
      outputPath,
    });
    const file = await store.adopt(outputPath, ({ sha256 }) => `evaluations/${plan.pipeline}/${sha256}.parquet`);
    return { path: file.path, rows };
  });
}

function recordSides(
  models: FoldModels,
  measured: { challenger: Place; champion: Place; rows: { champion: string; challenger: string } },
): Pick<EvaluatedFold, 'championSnapshotDigest' | 'sides'> {
  const { challenger, champion, rows } = measured;
  if (models.challenger.shaped === null) throw new TypeError('unreachable: a challenger is never the baseline');
  const isSame = champion.snapshotDigest === challenger.snapshotDigest;
  return {
    championSnapshotDigest: isSame ? null : champion.snapshotDigest,
    sides: { rows, champion: models.champion.shaped, challenger: models.challenger.shaped },
  };
}

/** The columns that some gate looks at value by value, as far as the dataset that rows come from has them. */
export function sliceColumnsOf(policy: PipelineDefinition, { dataset }: PipelineDefinition): readonly string[] {
  const known = new Set([...dataset.features.map(({ name }) => name), ...dataset.sensitive]);
  const asked = policy.gates.flatMap((gate) => (gate.check === 'worst-slice' ? [gate.column] : []));
  return [...new Set(asked)].filter((column) => known.has(column));
}

/** Columns of a fold that rows are told apart by: slices, and what fairness is judged by. */
export function evaluatedColumnsOf(policy: PipelineDefinition, definition: PipelineDefinition): readonly string[] {
  const { sensitive, features } = definition.dataset;
  const known = new Set([...features.map(({ name }) => name), ...sensitive]);
  const judged = policy.gates.flatMap((gate) => (gate.check === 'fair' ? gate.columns : []));
  const columns = [...sliceColumnsOf(policy, definition), ...sensitive, ...judged];
  return [...new Set(columns)].filter((column) => known.has(column));
}

function isWeighted({ label }: PipelineDefinition): boolean {
  return label.weight !== null;
}

/** The metrics that some gate compares slice by slice. */
export function sliceMetricsOf(definition: PipelineDefinition): readonly MetricName[] {
  return [...new Set(definition.gates.flatMap((gate) => (gate.check === 'worst-slice' ? [gate.metric] : [])))];
}

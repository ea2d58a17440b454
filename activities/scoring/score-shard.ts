import type { CohortDraw } from '../../domain/cohort.js';
import { PermanentFailure, type FailureType } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { TableFile } from '../../domain/published-table.js';
import { modelsOf, type Rung } from '../../domain/score-ladder.js';
import { chooseLiveFiles, type ShardSpan } from '../../domain/shard-plan.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import type { ScorePlan } from './begin-score.js';
import { openModels } from './open-models.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import { comparedWithOf, runIdentityOf } from './run-identity.js';
import { scorePart, type PartServices } from './score-part.js';
import { windowPartition } from '../window-partition.js';

export interface ShardServices extends PartServices {
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly bundles: ModelBundles;
}

/** Some parts of a run's snapshot, scored with one rung of its ladder. */
export interface ShardArgs {
  readonly plan: ScorePlan;
  readonly snapshot: SnapshotRef;
  readonly rung: Rung;
  readonly span: ShardSpan;
}

/** Facts stay in the parts' records: whatever a workflow is told is kept in its history. */
export type ShardResult =
  | {
      readonly status: 'scored';
      readonly rows: number;
      /** Parts that an earlier attempt, or an equal run, had scored. */
      readonly partsTakenOver: number;
    }
  /** A model cannot score; another one still may. */
  | { readonly status: 'model-failed'; readonly why: string };

interface ShardJob extends ShardArgs {
  /** Of the activity, from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/** Reasons of a model, not of the data. */
const modelFailures: ReadonlySet<FailureType> = new Set([
  'MODEL_MISSING',
  'MODEL_CORRUPT',
  'MODEL_SIGNATURE_MISMATCH',
  'MODEL_BAD_OUTPUT',
  'MODEL_TIMEOUT',
  'MODEL_OUT_OF_MEMORY',
]);

/** A host that is slow or full makes a sound model look like this, so another attempt is due before it is given up. */
const perhapsTheHost: ReadonlySet<FailureType> = new Set(['MODEL_TIMEOUT', 'MODEL_OUT_OF_MEMORY']);

/** Scores a shard's parts one after the other; each is kept before the next begins. */
export async function scoreShard(services: ShardServices, job: ShardJob): Promise<ShardResult> {
  try {
    return await scoreParts(services, job);
  } catch (error) {
    if (!(error instanceof PermanentFailure) || !modelFailures.has(error.type)) throw error;
    if (job.attempt === 1 && perhapsTheHost.has(error.type)) throw new Error(error.message, { cause: error });
    return { status: 'model-failed', why: error.message };
  }
}

async function scoreParts(services: ShardServices, job: ShardJob): Promise<ShardResult> {
  const { plan, span, report } = job;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const manifest = await services.dataset.loadSnapshot(plan.pipeline, job.snapshot.digest);
  const live = await loadLive(services, job);
  const rows = rowsOfSpan(manifest, span);
  let rowsDone = 0;
  let partsTakenOver = 0;
  for (let partIndex = span.firstPart; partIndex < span.firstPart + span.parts; partIndex++) {
    job.signal.throwIfAborted();
    const part = { ...job, definition, manifest, live, partIndex };
    const scored = await scoreOnePart(services, part, (partRows) => {
      report({ rowsDone: rowsDone + partRows, rows });
    });
    rowsDone += scored.record.facts.rowsOut;
    partsTakenOver += scored.takenOver ? 1 : 0;
    report({ rowsDone, rows });
  }
  return { status: 'scored', rows: rowsDone, partsTakenOver };
}

function rowsOfSpan({ parts }: SnapshotManifest, { firstPart, parts: count }: ShardSpan): number {
  return parts.slice(firstPart, firstPart + count).reduce((sum, part) => sum + (part.rows ?? 0), 0);
}

interface Live {
  readonly identity: string;
  readonly files: readonly TableFile[];
}

/** What was published for the window when the pins were taken. */
async function loadLive({ table }: ShardServices, { plan, snapshot, rung }: ShardArgs): Promise<Live | null> {
  const identity = comparedWithOf(plan, runIdentityOf(plan, snapshot.digest, rung));
  if (identity === null || plan.live === null) return null;
  const { files } = await table.load(plan.pipeline, 'predictions', plan.live.tableVersion);
  const window = windowPartition(plan.window);
  return { identity, files: files.filter((file) => file.window === window) };
}

interface OnePart extends ShardJob {
  readonly definition: PipelineDefinition;
  readonly manifest: SnapshotManifest;
  readonly live: Live | null;
  readonly partIndex: number;
}

function scoreOnePart(services: ShardServices, job: OnePart, onRows: (rowsDone: number) => void) {
  const { plan, snapshot, rung, manifest, live, partIndex } = job;
  const choice = { snapshotDigest: snapshot.digest, partIndex, parts: manifest.parts.length };
  return scorePart(services, {
    pipeline: plan.pipeline,
    snapshot: manifest,
    partIndex,
    openModels: () => openModels(services.bundles, job.definition, modelsOf(rung)),
    cohort: rung.served.cohort,
    ...(rung.challenger === undefined ? {} : { split: drawOf(rung.challenger) }),
    facts: {
      window: windowPartition(plan.window),
      windowEnd: plan.window.end,
      runIdentity: runIdentityOf(plan, snapshot.digest, rung),
      decisionEpoch: plan.decisionEpoch,
      snapshotDigest: snapshot.digest,
    },
    live: live === null ? null : { ...live, files: chooseLiveFiles({ ...choice, live: live.files }) },
    sliceColumns: sliceColumnsOf(job.definition, manifest),
    signal: job.signal,
    onProgress: ({ rowsDone }) => {
      onRows(rowsDone);
    },
  });
}

function drawOf({ salt, sharePercent }: CohortDraw): CohortDraw {
  return { salt, sharePercent };
}

/** The columns that worst-slice gates name, as far as the snapshot has them. */
function sliceColumnsOf({ gates }: PipelineDefinition, { columns }: SnapshotManifest): readonly string[] {
  const named = gates.flatMap((gate) => (gate.check === 'worst-slice' ? [gate.column] : []));
  return [...new Set(named)].filter((name) => columns.some((column) => column.name === name));
}

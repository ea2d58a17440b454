import type { Measured, SkewFacts } from '../../domain/gates/probes.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';
import { localPathsOf } from '../publication/table-file.js';
import { withStagedFile } from '../staged-file.js';
import { windowOf } from '../window-partition.js';
import type { EvidencePlan, EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';
import { findSnapshot } from './probed-rows.js';

/** The latest windows tell what is served now. */
const MAX_WINDOWS = 3;

/** A published window whose inputs are still in the store. */
interface SkewWindow {
  readonly window: Window;
  readonly files: readonly TableFile[];
  readonly snapshot: SnapshotManifest;
  readonly parts: readonly string[];
}

/**
 * Builds the inputs of windows that were served once more, as a training run would today, and compares them with those
 * the windows were scored on; then scores the stored inputs again and compares with what was published. Looks at windows
 * up to the end of the folds, those that the champion served if there are any.
 */
export async function measureSkew(services: EvidenceServices, job: ProbeJob): Promise<Measured<SkewFacts>> {
  const { plan, report } = job;
  const { files } = await services.table.load(plan.pipeline, 'predictions');
  if (files.length === 0) {
    return { status: 'missing', why: 'nothing is published yet, so no input was served that could come out otherwise' };
  }
  const served = await findServed(services, plan, files);
  if (served.length === 0) {
    const until = foldsEnd(plan);
    return { status: 'missing', why: `no window published up to ${until} still has the inputs it was scored on` };
  }
  const compared = [];
  for (const [index, window] of served.entries()) {
    report({ measuring: `served inputs: window ${String(index + 1)} of ${String(served.length)}` });
    compared.push({ ...(await compareWindow(services, job, window)), replayed: await replay(services, job, window) });
  }
  return { status: 'measured', facts: sumUp(compared) };
}

async function findServed(
  services: EvidenceServices,
  plan: EvidencePlan,
  files: readonly TableFile[],
): Promise<readonly SkewWindow[]> {
  const end = Date.parse(foldsEnd(plan));
  const windows = [...new Set(files.filter((file) => endMs(file) <= end).map(({ window }) => window))];
  const published = windows.map((name) => files.filter(({ window }) => window === name));
  const own = published.filter((window) => isServedBy(plan.champion, window));
  const latestFirst = (own.length > 0 ? own : published).sort(([a], [b]) => endMs(b) - endMs(a));
  const served: SkewWindow[] = [];
  for (const window of latestFirst) {
    const [file] = window;
    if (file === undefined || served.length === MAX_WINDOWS) break;
    const stored = await findSnapshot(services, plan.pipeline, file.snapshotDigest);
    if (stored !== null) served.push({ window: windowOf(file), files: window, ...stored });
  }
  return served;
}

function foldsEnd({ folds, asOf }: EvidencePlan): string {
  return (
    folds
      .map(({ window }) => window.end)
      .sort()
      .at(-1) ?? asOf
  );
}

function endMs(file: TableFile | undefined): number {
  return Date.parse(file?.windowEnd ?? '');
}

function isServedBy(champion: ModelRef | null, files: readonly TableFile[]): boolean {
  return champion !== null && files.every((file) => file.modelDigest === champion.modelDigest);
}

/** A feature that one of both snapshots does not have was not served, or is no longer asked for. */
async function compareWindow(services: EvidenceServices, job: ProbeJob, served: SkewWindow) {
  const { plan, definition, signal } = job;
  const request = { definition, purpose: 'labelled', window: served.window, asOf: plan.asOf, signal } as const;
  const ref = await services.dataset.buildSnapshot(request);
  const current = await services.dataset.loadSnapshot(plan.pipeline, ref.digest);
  const currentParts = await services.dataset.localParts(current);
  const known = new Set(served.snapshot.columns.map(({ name }) => name));
  const features = definition.dataset.features.map(({ name }) => name).filter((name) => known.has(name));
  return services.prober.compareInputs({ storedParts: served.parts, currentParts, features, signal });
}

type Replayed = Awaited<ReturnType<EvidenceServices['prober']['compareReplayed']>>;

/** Null where another model served the window. */
async function replay(
  { bundles, prober, scorer, scoreTimeoutMs, store, table }: EvidenceServices,
  { plan, signal }: ProbeJob,
  { files, snapshot, parts }: SkewWindow,
): Promise<Replayed | null> {
  if (plan.champion === null || !isServedBy(plan.champion, files)) return null;
  const { modelDigest } = plan.champion;
  const { bundlePath } = await bundles.open(modelDigest);
  const folder = table.folder(plan.pipeline, 'predictions');
  const publishedPaths = await localPathsOf(store, folder, files);
  return withStagedFile(store, 'replayed-scores', async (scoredPath) => {
    const models = [{ kind: 'onnx', modelDigest, bundlePath }] as const;
    await scorer.score({ snapshot, parts, models, outputPath: scoredPath, timeoutMs: scoreTimeoutMs, signal });
    return prober.compareReplayed({ publishedPaths, scoredPath, signal });
  });
}

type ComparedWindow = Awaited<ReturnType<typeof compareWindow>> & { readonly replayed: Replayed | null };

function sumUp(windows: readonly ComparedWindow[]): SkewFacts {
  const sum = (countOf: (window: ComparedWindow) => number) => windows.reduce((total, w) => total + countOf(w), 0);
  const names = [...new Set(windows.flatMap(({ features }) => features.map(({ feature }) => feature)))];
  const differingIn = (window: ComparedWindow, name: string) =>
    window.features.find(({ feature }) => feature === name)?.differing ?? 0;
  const replayed = windows.flatMap((window) => window.replayed ?? []);
  const distances = replayed.flatMap(({ difference }) => difference ?? []);
  return {
    windows: windows.length,
    rows: sum(({ rows }) => rows),
    features: names.map((feature) => ({ feature, differing: sum((window) => differingIn(window, feature)) })),
    unmatched: sum(({ unmatched }) => unmatched),
    maxScoreDifference: distances.length === 0 ? null : Math.max(...distances),
    replayedRows: replayed.length === 0 ? null : replayed.reduce((total, window) => total + window.rows, 0),
  };
}

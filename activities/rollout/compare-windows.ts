import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { TableFile } from '../../domain/published-table.js';
import type { AnalysedWindow, WindowSums } from '../../domain/rollout/analysis.js';
import type { LookWindow } from '../../domain/rollout/plan-look.js';
import { storeFileOf } from '../publication/table-file.js';
import type { TableName } from '../ports/prediction-table.js';
import type { LookServices } from './look-services.js';

/** What all windows of a look are compared with. */
export interface ComparisonContext {
  readonly definition: PipelineDefinition;
  readonly clock: string;
  /** Cuts between the bins of the challenger's validation scores. */
  readonly scoreCuts: readonly number[];
  /** By their start: what an earlier look at the same sides found. Windows that have not changed are not read again. */
  readonly earlier: ReadonlyMap<string, AnalysedWindow>;
  readonly signal: AbortSignal;
}

/** Compares the planned windows one by one, oldest first. */
export async function compareWindows(
  services: LookServices,
  context: ComparisonContext,
  planned: readonly LookWindow[],
): Promise<readonly AnalysedWindow[]> {
  const analysed: AnalysedWindow[] = [];
  for (const window of planned) {
    context.signal.throwIfAborted();
    analysed.push(await analyseWindow(services, context, window));
  }
  return analysed;
}

async function analyseWindow(
  services: LookServices,
  context: ComparisonContext,
  planned: LookWindow,
): Promise<AnalysedWindow> {
  const { window, epoch, firstVersion, isOwn, servedRows, status } = planned;
  const base = { window, epoch, firstVersion, isOwn, servedRows };
  const nothing = { filesDigest: null, labelsAsOf: null, labelsDigest: null, sums: null };
  if (status !== 'compare') return { ...base, ...nothing, standing: status };
  const filesDigest = digestOf([...planned.challenger, ...planned.champion].map(({ sha256 }) => sha256));
  const known = context.earlier.get(window.start);
  if (known?.filesDigest === filesDigest && isUpToDate(known, planned, context)) return { ...known, ...base };
  try {
    return { ...base, filesDigest, ...(await compareMatured(services, context, planned)) };
  } catch (error) {
    // What a retry may cure is retried; what it cannot is told, and tried again by the next look.
    if (!(error instanceof PermanentFailure)) throw error;
    return { ...base, ...nothing, filesDigest, standing: 'unmeasured', problem: nameProblem(error) };
  }
}

/** Without the message, which may name places on this machine: the same problem has to give the same analysis. */
function nameProblem({ type, problems }: PermanentFailure): string {
  const fields = problems.map(({ field, found }) => `${field}: ${found}`);
  return fields.length === 0 ? type : `${type}, ${fields.join(', ')}`;
}

/** Labels that were complete are not taken again; those that were short are, whenever the clock has moved on. */
function isUpToDate(known: AnalysedWindow, { maturesAt }: LookWindow, { clock }: ComparisonContext): boolean {
  if (known.standing === 'judged') return true;
  if (known.standing === 'labels-short') return known.labelsAsOf === clock;
  return known.standing === 'labels-pending' && Date.parse(clock) < Date.parse(maturesAt);
}

type Compared = Pick<AnalysedWindow, 'standing' | 'labelsAsOf' | 'labelsDigest' | 'sums'>;

/** Labels as they were known when the window came of age; where too few were, as they are known by now. */
async function compareMatured(
  services: LookServices,
  context: ComparisonContext,
  planned: LookWindow,
): Promise<Compared> {
  const { clock, definition } = context;
  const { maturesAt } = planned;
  if (Date.parse(clock) < Date.parse(maturesAt)) {
    const sums = await compareFiles(services, context, planned, []);
    return { standing: 'labels-pending', labelsAsOf: null, labelsDigest: null, sums };
  }
  const first = await compareAsOf(services, context, planned, maturesAt);
  if (isCovered(definition, first.sums) || maturesAt === clock) return first;
  return compareAsOf(services, context, planned, clock);
}

async function compareAsOf(
  services: LookServices,
  context: ComparisonContext,
  planned: LookWindow,
  asOf: string,
): Promise<Compared & { readonly sums: WindowSums }> {
  const { definition, signal } = context;
  const { dataset } = services;
  const ref = await dataset.buildSnapshot({ definition, purpose: 'labelled', window: planned.window, asOf, signal });
  const parts = await dataset.localParts(await dataset.loadSnapshot(definition.name, ref.digest));
  const sums = await compareFiles(services, context, planned, parts);
  const standing = isCovered(definition, sums) ? 'judged' : 'labels-short';
  return { standing, labelsAsOf: asOf, labelsDigest: ref.digest, sums };
}

function isCovered({ label }: PipelineDefinition, { labelledRows, rows }: WindowSums): boolean {
  return labelledRows > 0 && labelledRows / rows >= label.minCoverage;
}

async function compareFiles(
  services: LookServices,
  { definition, scoreCuts }: ComparisonContext,
  planned: LookWindow,
  labelledParts: readonly string[],
): Promise<WindowSums> {
  const pathsOf = (files: readonly TableFile[]) =>
    Promise.all(files.map((file) => localFile(services, definition.name, file, planned.served)));
  return services.comparer.compareWindow({
    challengerPaths: await pathsOf(planned.challenger),
    championPaths: await pathsOf(planned.champion),
    labelledParts,
    labelKind: definition.label.kind,
    isWeighted: definition.label.weight !== null,
    loss: definition.analysis.loss,
    scoreCuts,
  });
}

/** Verified, from the table that the file is of. */
export function localFile(
  { store, table }: LookServices,
  pipeline: string,
  file: TableFile,
  served: readonly TableFile[],
): Promise<string> {
  const name: TableName = served.includes(file) ? 'predictions' : 'shadow-predictions';
  return store.localPath(storeFileOf(table.folder(pipeline, name), file));
}

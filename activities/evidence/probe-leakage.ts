import { PermanentFailure } from '../../domain/failure-types.js';
import type { LeakageFacts, Measured } from '../../domain/gates/probes.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { Window } from '../../domain/window.js';
import { withStagedFile } from '../staged-file.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';
import { findSnapshot, labelledParts } from './probed-rows.js';
import { lineageOf } from './training-lineage.js';

/** Windows whose features are built again for the lag test: enough to show a loss, few enough to wait for. */
const MAX_LAGGED_WINDOWS = 7;

/** Looks for everything that the challenger could only know from what it is asked. */
export async function measureLeakage(services: EvidenceServices, job: ProbeJob): Promise<Measured<LeakageFacts>> {
  const { plan, definition, folds, signal, report } = job;
  const { manifest } = await services.bundles.open(plan.challenger.modelDigest);
  const { dataset, label } = definition;
  const parts = await labelledParts(services, plan.pipeline, folds);
  const lineage = await lineageOf(services, plan.pipeline, manifest);
  const training = await findSnapshot(services, lineage.pipeline, lineage.trainingSnapshotDigest);
  report({ measuring: 'keys and single features' });
  const keys = { parts, otherParts: training?.parts ?? [], signal };
  const sharedKeys = training === null ? null : await services.prober.countSharedKeys(keys);
  const asked = { parts, features: dataset.features, labelKind: label.kind, signal };
  const relations = await services.prober.relateToLabel(asked);
  const named = namedLikeLabel(definition);
  const isLabelColumn = new Set([...named, ...relations.flatMap(({ feature, isLabel }) => (isLabel ? [feature] : []))]);
  return {
    status: 'measured',
    facts: {
      shapedUntil: lineage.validationWindow.end,
      firstFoldStart: plan.folds.map(({ window }) => window.start).sort()[0] ?? plan.asOf,
      requiredGapMs: label.delayMs + label.ingestionDelayMs,
      sharedKeys,
      labelColumns: dataset.features.map(({ name }) => name).filter((name) => isLabelColumn.has(name)),
      singleFeatures: relations.map(({ feature, auc, rows }) => ({ feature, auc, rows })),
      lag: await measureLag(services, job),
    },
  };
}

function namedLikeLabel({ dataset, label }: PipelineDefinition): readonly string[] {
  const names = new Set([label.column, label.availableAt, 'label'].map((name) => name.toLowerCase()));
  return dataset.features.map(({ name }) => name).filter((name) => names.has(name.toLowerCase()));
}

/**
 * Scores rows of the last fold with features that know one window less than they would when the window is scored. Null
 * where there is no AUC to compare: for a regression, for sources that then show no rows, or where the model cannot score
 * them.
 */
async function measureLag(services: EvidenceServices, job: ProbeJob): Promise<LeakageFacts['lag']> {
  const { plan, definition, folds, signal, report } = job;
  const fold = folds.at(-1);
  if (fold === undefined || definition.label.kind !== 'binary') return null;
  const windows = windowsOf(fold.window, definition.window.everyMs).slice(-MAX_LAGGED_WINDOWS);
  const parts: string[] = [];
  let rows = 0;
  let snapshot = null;
  for (const [index, window] of windows.entries()) {
    report({ measuring: `features with a lag: window ${String(index + 1)} of ${String(windows.length)}` });
    snapshot = await buildLagged(services, job, window);
    rows += snapshot.rows;
    parts.push(...(await services.dataset.localParts(snapshot)));
  }
  if (snapshot === null || rows === 0) return null;
  const lagged = { ...snapshot, rows };
  const { modelDigest } = plan.challenger;
  const { bundlePath } = await services.bundles.open(modelDigest);
  const foldPath = await services.store.localPath(fold.path);
  return withStagedFile(services.store, 'lagged-scores', async (scoredPath) => {
    const models = [{ kind: 'onnx', modelDigest, bundlePath }] as const;
    const limits = { timeoutMs: services.scoreTimeoutMs, signal };
    const request = { snapshot: lagged, parts, models, outputPath: scoredPath, ...limits };
    if (!(await isScored(() => services.scorer.score(request)))) return null;
    const compared = await services.prober.compareScores({ foldPath, scoredPath, signal });
    const { foldAuc, auc } = compared;
    return foldAuc === null || auc === null ? null : { auc: foldAuc, laggedAuc: auc, rows: compared.rows };
  });
}

/** The window as its scoring run sees it, but one window earlier. Rules were applied to the rows of the fold. */
async function buildLagged({ dataset }: EvidenceServices, { plan, definition, signal }: ProbeJob, window: Window) {
  const asOf = new Date(Date.parse(window.start) - definition.window.everyMs).toISOString();
  const unruled = { ...definition, validation: [] };
  const ref = await dataset.buildSnapshot({ definition: unruled, purpose: 'labelled', window, asOf, signal });
  return dataset.loadSnapshot(plan.pipeline, ref.digest);
}

async function isScored(score: () => Promise<unknown>): Promise<boolean> {
  try {
    await score();
    return true;
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'MODEL_BAD_OUTPUT') return false;
    throw error;
  }
}

/** The windows of the pipeline's grid within a fold, which begins and ends on it. */
function windowsOf(fold: Window, everyMs: number): readonly Window[] {
  const startMs = Date.parse(fold.start);
  const count = Math.max(1, Math.round((Date.parse(fold.end) - startMs) / everyMs));
  const instant = (step: number) => new Date(startMs + step * everyMs).toISOString();
  return Array.from({ length: count }, (_, step) => ({ start: instant(step), end: instant(step + 1) }));
}

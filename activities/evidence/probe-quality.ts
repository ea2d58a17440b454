import { MIN_SLICE_ROWS } from '../../domain/gates/check-data-quality.js';
import type { Measured, QualityFacts } from '../../domain/gates/probes.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import { evaluatedColumnsOf } from './evaluate-fold.js';
import type { EvaluatedFold, EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** A report names the slices that lack most labels, not all of them. */
const SHOWN_SLICES = 20;

/** What the snapshots of the folds say about their rows, and which slices lack labels. */
export async function measureQuality(
  { dataset, evaluator }: EvidenceServices,
  { plan, definition, folds }: ProbeJob,
): Promise<Measured<QualityFacts>> {
  const load = async (fold: EvaluatedFold) => ({
    fold,
    manifest: await dataset.loadSnapshot(plan.pipeline, fold.snapshotDigest),
  });
  const loaded = await Promise.all(folds.map(load));
  const parts = await Promise.all(loaded.map(({ manifest }) => dataset.localParts(manifest)));
  const slices = await evaluator.countLabels({
    parts: parts.flat(),
    columns: evaluatedColumnsOf(definition, definition),
    minRows: MIN_SLICE_ROWS,
    limit: SHOWN_SLICES,
  });
  return {
    status: 'measured',
    facts: { folds: loaded.map(({ fold, manifest }) => qualityOf(fold, manifest)), slices },
  };
}

function qualityOf(fold: EvaluatedFold, manifest: SnapshotManifest): QualityFacts['folds'][number] {
  const { rowsFound, quarantined, rows, labelledRows, validation } = manifest;
  return { fold: fold.index, rowsFound, quarantined, rows, labelledRows, warnings: validation.warnings };
}

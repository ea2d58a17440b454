import type { Measured, QualityFacts } from '../../domain/gates/probes.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** What the snapshots of the folds say of their rows: nothing is counted again. */
export async function measureQuality(
  { dataset }: EvidenceServices,
  { plan, folds }: ProbeJob,
): Promise<Measured<QualityFacts>> {
  const facts = await Promise.all(
    folds.map(async ({ index, snapshotDigest }) => {
      const { rowsFound, quarantined, rows, labelledRows, validation } = await dataset.loadSnapshot(
        plan.pipeline,
        snapshotDigest,
      );
      return { fold: index, rowsFound, quarantined, rows, labelledRows, warnings: validation.warnings };
    }),
  );
  return { status: 'measured', facts: { folds: facts } };
}

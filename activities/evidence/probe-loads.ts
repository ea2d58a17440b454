import type { LoadFacts, Measured } from '../../domain/gates/probes.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** Loads the stored bundle here and scores its golden rows again. */
export async function measureLoads(
  { bundles, scorer, scoreTimeoutMs }: EvidenceServices,
  { plan }: ProbeJob,
): Promise<Measured<LoadFacts>> {
  const { bundlePath } = await bundles.open(plan.challenger.modelDigest);
  const { rows, maxDifference } = await scorer.checkBundle({ bundlePath, timeoutMs: scoreTimeoutMs });
  return { status: 'measured', facts: { rows, maxDifference: Number.isFinite(maxDifference) ? maxDifference : null } };
}

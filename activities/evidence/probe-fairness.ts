import type { FairnessFacts, Measured } from '../../domain/gates/probes.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { EvidencePlan, EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** Counts both sides' decisions by the sensitive columns that the gates name, over all folds. */
export async function measureFairness(
  services: EvidenceServices,
  { plan, definition, folds }: ProbeJob,
): Promise<Measured<FairnessFacts>> {
  if (definition.label.kind === 'regression') {
    return { status: 'missing', why: 'the label is a number, so there are no decisions to count' };
  }
  const { store, evaluator } = services;
  const groups = await evaluator.measureGroups({
    files: await Promise.all(
      folds.map(async ({ index, path }) => ({ fold: index, path: await store.localPath(path) })),
    ),
    columnSets: columnSetsOf(definition),
    championThreshold: await championThreshold(services, plan, definition),
    challengerThreshold: await thresholdOf(services, plan.challenger.modelDigest),
  });
  return { status: 'measured', facts: { groups } };
}

/** Each set of columns once, however many gates name it. */
function columnSetsOf({ gates }: PipelineDefinition): readonly (readonly string[])[] {
  const named = gates.flatMap((gate) => (gate.check === 'fair' ? [gate.columns] : []));
  return [...new Map(named.map((columns) => [JSON.stringify([...columns].sort()), columns])).values()];
}

function championThreshold(
  services: EvidenceServices,
  { champion }: EvidencePlan,
  { baseline }: PipelineDefinition,
): number | null | Promise<number | null> {
  return champion === null ? baseline.threshold : thresholdOf(services, champion.modelDigest);
}

async function thresholdOf({ bundles }: EvidenceServices, modelDigest: string): Promise<number | null> {
  return (await bundles.open(modelDigest)).manifest.decisionThreshold;
}

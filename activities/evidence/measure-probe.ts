import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import {
  noProbes,
  type Measured,
  type ProbeName,
  type Probes,
  type VolumeFacts,
  type VolumeFigures,
} from '../../domain/gates/probes.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import type { EvaluatedFold, EvidencePlan, EvidenceServices } from './evidence-plan.js';
import { measureImportance } from './probe-importance.js';
import { measureLeakage } from './probe-leakage.js';
import { measureFairness } from './probe-fairness.js';
import { measureFoldDrift } from './probe-drift.js';
import { measureLoads } from './probe-loads.js';
import { measureQuality } from './probe-quality.js';
import { measureRobustness } from './probe-robustness.js';
import { measureSkew } from './probe-skew.js';
import { measureVolume } from './probe-volume.js';

/** What a probe looks at. */
export interface ProbeJob {
  readonly plan: EvidencePlan;
  readonly definition: PipelineDefinition;
  readonly folds: readonly EvaluatedFold[];
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

export type Probe<Facts> = (services: EvidenceServices, job: ProbeJob) => Promise<Measured<Facts>>;

type FactsOf<Name extends ProbeName> = NonNullable<Probes[Name]> extends Measured<infer Facts> ? Facts : never;

const probes: { readonly [Name in ProbeName]: Probe<FactsOf<Name>> } = {
  loads: measureLoads,
  quality: measureQuality,
  leakage: measureLeakage,
  skew: measureSkew,
  volume: measureVolume,
  robustness: measureRobustness,
  importance: measureImportance,
  fairness: measureFairness,
  drift: measureFoldDrift,
};

/** One probe's facts as a file of the store: they may be too many for a workflow's history. */
export interface MeasuredProbe {
  readonly probe: ProbeName;
  readonly path: string;
}

/**
 * Measures one probe and keeps what it found. A permanent failure is kept as an error of the probe: it says nothing
 * about the model, and the gates that ask for it stay open. Anything else is tried again.
 */
export async function measureOneProbe(
  services: EvidenceServices,
  { probe, ...job }: Omit<ProbeJob, 'definition'> & { readonly probe: ProbeName },
): Promise<MeasuredProbe> {
  const measure: Probe<unknown> = probes[probe];
  const definition = await services.definitions.loadPinned(job.plan.definitionDigest);
  const facts = canonicalJson(roundNumbers(await whetherMeasured(() => measure(services, { ...job, definition }))));
  const path = `evaluations/${job.plan.pipeline}/${sha256Hex(facts)}.json`;
  await services.store.createIfAbsent(path, facts);
  return { probe, path };
}

async function whetherMeasured<T>(measure: () => Promise<Measured<T>>): Promise<Measured<T>> {
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    return { status: 'error', why: error.message };
  }
}

/** Everything that was probed, read back; what differs from run to run stands apart. */
export interface LoadedProbes {
  readonly probes: Probes;
  /** Null where speed and memory were not measured. */
  readonly figures: VolumeFigures | null;
}

export async function loadProbes(
  { store }: Pick<EvidenceServices, 'store'>,
  measured: readonly MeasuredProbe[],
): Promise<LoadedProbes> {
  const loaded = await Promise.all(
    measured.map(async ({ probe, path }) => {
      const bytes = await store.read(path);
      if (bytes === null) throw new Error(`${path} is gone`);
      return [probe, JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown] as const;
    }),
  );
  const probes = { ...noProbes, ...(Object.fromEntries(loaded) as Partial<Probes>) };
  const volume: Measured<VolumeFacts & { readonly figures?: VolumeFigures }> | null = probes.volume;
  if (volume?.status !== 'measured') return { probes, figures: null };
  const { figures = null, ...facts } = volume.facts;
  return { probes: { ...probes, volume: { status: 'measured', facts } }, figures };
}

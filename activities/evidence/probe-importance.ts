import { computeImportance, joinImportance } from '../../domain/gates/permutation-importance.js';
import type { FeatureImportance, ImportanceFacts, Measured } from '../../domain/gates/probes.js';
import { primaryMetric } from '../../domain/gates/primary-metric.js';
import { isHigherBetter, metricTraits, type MetricName } from '../../domain/metrics.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';
import { scoreVariants, withSample, type Sample } from './probed-rows.js';

/** scikit-learn's default. */
const REPEATS = 5;

/**
 * Shuffles one feature after another among held-out rows and measures what each side loses by it, in the pipeline's
 * primary metric and by the weights of the rows. Features that say the same share their importance, so a small one does
 * not prove that a feature can go.
 */
export async function measureImportance(services: EvidenceServices, job: ProbeJob): Promise<Measured<ImportanceFacts>> {
  const { plan, definition, report } = job;
  const metric = primaryMetric(definition.gates, definition.label.kind);
  return withSample(services, job, async (sample) => {
    const measure = async (model: ModelRef) => {
      report({ measuring: `importance for ${model.registeredName} v${model.version}`, rows: sample.rows });
      return importanceOf(services, { job, model, sample, metric });
    };
    const challenger = await measure(plan.challenger);
    const champion = plan.champion === null ? new Map<string, FeatureImportance>() : await measure(plan.champion);
    if (challenger === null || champion === null) {
      return {
        status: 'missing',
        why: `${metricTraits[metric].label} is undefined on the ${String(sample.rows)} labelled rows of the folds`,
      };
    }
    const features = joinImportance(challenger, champion);
    const { seed } = definition.backtest;
    return { status: 'measured', facts: { metric, rows: sample.rows, repeats: REPEATS, seed, features } };
  });
}

interface ImportanceJob {
  readonly job: ProbeJob;
  readonly model: ModelRef;
  readonly sample: Sample;
  readonly metric: MetricName;
}

/** Null where the metric is undefined. */
async function importanceOf(
  services: EvidenceServices,
  { job, model, sample, metric }: ImportanceJob,
): Promise<ReadonlyMap<string, FeatureImportance> | null> {
  const bundle = await services.bundles.open(model.modelDigest);
  const { seed } = job.definition.backtest;
  const variants = await scoreVariants(services, {
    job,
    model,
    bundle,
    sample,
    metric,
    writeStacked: (args) => services.prober.writeShuffled({ ...args, repeats: REPEATS, seed }),
  });
  const [unchanged = null, ...shuffled] = variants.map((variant) => variant.metric).filter((value) => value !== null);
  const features = bundle.features.features;
  if (unchanged === null || shuffled.length !== features.length * REPEATS) return null;
  const ofFeature = (index: number) => shuffled.slice(index * REPEATS, (index + 1) * REPEATS);
  const measured = features.map(({ name }, index) => ({ feature: name, metrics: ofFeature(index) }));
  return computeImportance({ unchanged, shuffled: measured }, isHigherBetter(metric));
}

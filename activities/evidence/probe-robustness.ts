import { planInputChanges } from '../../domain/gates/input-changes.js';
import { usualMetric } from '../../domain/gates/primary-metric.js';
import type { Measured, RobustnessFacts } from '../../domain/gates/probes.js';
import { isHigherBetter } from '../../domain/metrics.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';
import type { VariantScores } from '../ports/probing.js';
import { scoreVariants, withSample } from './probed-rows.js';

/** Gives the challenger inputs that are slightly off, far out of range or missing, and compares what it makes of them. */
export async function measureRobustness(services: EvidenceServices, job: ProbeJob): Promise<Measured<RobustnessFacts>> {
  const { challenger } = job.plan;
  const bundle = await services.bundles.open(challenger.modelDigest);
  const profile = await services.bundles.profile(challenger.modelDigest);
  const planned = planInputChanges(bundle.features, bundle.dictionary, profile);
  return withSample(services, job, async (sample) => {
    if (sample.rows === 0) return { status: 'missing', why: 'no row of the folds has a label' };
    job.report({ measuring: `robustness on ${String(planned.length)} kinds of inputs`, rows: sample.rows });
    const variants = planned.map(({ changes }) => changes);
    const metric = usualMetric(job.definition.label.kind);
    const [unchanged, ...changed] = await scoreVariants(services, {
      job,
      model: challenger,
      bundle,
      sample,
      metric,
      writeStacked: (args) => services.prober.writeChanged({ ...args, variants }),
    });
    if (unchanged === undefined || changed.length !== planned.length) throw new Error('a variant was not scored');
    const sign = isHigherBetter(metric) ? 1 : -1;
    const facts = planned.map(({ kind, feature }, index) => {
      const variant = changed[index] ?? unchanged;
      return { kind, feature, ...compareVariant(unchanged, variant, sign) };
    });
    return { status: 'measured', facts: { variants: facts } };
  });
}

/** A mean that does not exist has not moved: the bad scores say what there is to say. */
function compareVariant(unchanged: VariantScores, variant: VariantScores, sign: 1 | -1) {
  const { rows, badScores, flips, meanScore, metric } = variant;
  const isBothKnown = unchanged.metric !== null && metric !== null;
  return {
    rows,
    badScores,
    flipShare: flips === null ? null : flips / rows,
    meanShift: meanScore === null || unchanged.meanScore === null ? 0 : meanScore - unchanged.meanScore,
    loss: isBothKnown ? sign * (unchanged.metric - metric) : null,
  };
}

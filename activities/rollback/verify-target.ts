import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { Scorer } from '../ports/scorer.js';

/** Scores of the golden rows may differ by this much, and not more. */
const goldenTolerance = 1e-6;

export interface TargetServices {
  readonly bundles: Pick<ModelBundles, 'open'>;
  readonly scorer: Pick<Scorer, 'checkBundle'>;
  readonly scoreTimeoutMs: number;
}

/**
 * Refuses before anything is changed when the target is not there, not whole, or not the model it was; the failure lists
 * who could be restored instead. Our own copy counts: a version that was deleted in the registry is a target as before.
 * Throws ROLLBACK_TARGET_UNVERIFIED.
 */
export async function verifyTarget(
  services: TargetServices,
  { to, others }: { readonly to: ModelRef; readonly others: readonly ModelRef[] },
): Promise<void> {
  const why = await findFault(services, to);
  if (why === null) return;
  const problem: Problem = { field: 'to', found: to.version, expected: await describeTargets(services, others) };
  const message = `Version ${to.version} cannot be restored, and nothing was changed: ${why.message}`;
  throw new PermanentFailure('ROLLBACK_TARGET_UNVERIFIED', message, {
    problems: [problem, ...why.problems],
    cause: why,
  });
}

/** Those of the earlier champions that load and reproduce their golden rows, as an error names them. */
export async function describeTargets(services: TargetServices, models: readonly ModelRef[]): Promise<string> {
  const sound: string[] = [];
  const distinct = new Map(models.map((model) => [model.modelDigest, model]));
  for (const model of distinct.values()) if ((await findFault(services, model)) === null) sound.push(model.version);
  const listed = sound.join(', ') || 'there is none';
  return `an earlier champion that no rollback took back, and that loads and reproduces its golden rows: ${listed}`;
}

/** Why a model cannot serve; null when it can. Anything that another attempt may cure is thrown. */
async function findFault(services: TargetServices, model: ModelRef): Promise<PermanentFailure | null> {
  try {
    const { bundlePath } = await services.bundles.open(model.modelDigest);
    const { maxDifference } = await services.scorer.checkBundle({ bundlePath, timeoutMs: services.scoreTimeoutMs });
    if (maxDifference <= goldenTolerance) return null;
    const message = `its golden rows differ by ${maxDifference}, at most ${goldenTolerance} is expected`;
    return new PermanentFailure('MODEL_CORRUPT', message);
  } catch (error) {
    if (error instanceof PermanentFailure) return error;
    throw error;
  }
}

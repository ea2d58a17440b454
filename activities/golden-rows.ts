import { PermanentFailure } from '../domain/failure-types.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { ModelBundles } from './ports/model-bundles.js';
import type { Scorer } from './ports/scorer.js';

/** Scores of the golden rows may differ by this much, and not more. */
const goldenTolerance = 1e-6;

export interface GoldenServices {
  readonly bundles: Pick<ModelBundles, 'open'>;
  readonly scorer: Pick<Scorer, 'checkBundle'>;
  readonly scoreTimeoutMs: number;
}

/**
 * Why a model of the store cannot serve: it is not there, not whole, or does not score its golden rows as it did when it
 * was registered; null when it can. Anything that another attempt may cure is thrown.
 */
export async function findModelFault(
  { bundles, scorer, scoreTimeoutMs }: GoldenServices,
  { modelDigest }: ModelRef,
): Promise<PermanentFailure | null> {
  try {
    const { bundlePath } = await bundles.open(modelDigest);
    const { maxDifference } = await scorer.checkBundle({ bundlePath, timeoutMs: scoreTimeoutMs });
    if (maxDifference <= goldenTolerance) return null;
    const message = `its golden rows differ by ${maxDifference}, at most ${goldenTolerance} is expected`;
    return new PermanentFailure('MODEL_CORRUPT', message);
  } catch (error) {
    if (error instanceof PermanentFailure) return error;
    throw error;
  }
}

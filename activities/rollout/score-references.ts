import { PermanentFailure } from '../../domain/failure-types.js';
import type { TrainingProfile } from '../../domain/model-bundle.js';
import type { ScoreReference, ScoreReferences } from '../../domain/rollout/analysis.js';
import type { LookSides } from '../../domain/rollout/plan-look.js';
import type { ModelBundles } from '../ports/model-bundles.js';

/** What each side's scores looked like on its own validation rows. Throws what opening the challenger's profile throws. */
export async function loadScoreReferences(
  bundles: Pick<ModelBundles, 'profile'>,
  { challenger, champion }: LookSides,
): Promise<ScoreReferences> {
  return {
    challenger: referenceOf(await bundles.profile(challenger.modelDigest)),
    champion: await loadChampion(bundles, champion.modelDigest),
  };
}

/** A champion whose bundle is gone, or a baseline, has none: then the challenger is judged by itself. */
async function loadChampion(
  bundles: Pick<ModelBundles, 'profile'>,
  modelDigest: string,
): Promise<ScoreReference | null> {
  if (modelDigest === 'baseline') return null;
  try {
    return referenceOf(await bundles.profile(modelDigest));
  } catch (error) {
    const isGone = error instanceof PermanentFailure && ['MODEL_MISSING', 'MODEL_CORRUPT'].includes(error.type);
    if (isGone) return null;
    throw error;
  }
}

/** Bundles from before validation rows were counted only say how many rows they were trained on, as the audit takes it. */
function referenceOf({ rows, scores }: TrainingProfile): ScoreReference | null {
  const { cuts, shares } = scores;
  return shares.length === cuts.length + 1 ? { cuts, shares, rows: scores.rows ?? rows } : null;
}

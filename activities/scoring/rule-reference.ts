import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { needsDictionary, needsProfile } from '../../domain/validation/rules.js';
import type { RuleReference } from '../ports/dataset.js';
import type { ModelBundles } from '../ports/model-bundles.js';

/**
 * What the champion was trained on, where a rule compares with it. A champion that cannot be opened gives none: such
 * rules are then not measured, which is said, and a fallback may still score the window.
 */
export async function loadRuleReference(
  bundles: Pick<ModelBundles, 'open' | 'profile'>,
  definition: PipelineDefinition,
  modelDigest: string,
): Promise<RuleReference | null> {
  if (!definition.validation.some((rule) => needsProfile(rule) || needsDictionary(rule))) return null;
  try {
    const { dictionary } = await bundles.open(modelDigest);
    return { modelDigest, dictionary, profile: await bundles.profile(modelDigest) };
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { findModelFault, type GoldenServices } from '../golden-rows.js';

/**
 * Refuses before anything is changed when the target is not there, not whole, or not the model it was; the failure lists
 * who could be restored instead. Our own copy counts: a version that was deleted in the registry is a target as before.
 * Throws ROLLBACK_TARGET_UNVERIFIED.
 */
export async function verifyTarget(
  services: GoldenServices,
  { to, others }: { readonly to: ModelRef; readonly others: readonly ModelRef[] },
): Promise<void> {
  const why = await findModelFault(services, to);
  if (why === null) return;
  const problem: Problem = { field: 'to', found: to.version, expected: await describeTargets(services, others) };
  const message = `Version ${to.version} cannot be restored, and nothing was changed: ${why.message}`;
  throw new PermanentFailure('ROLLBACK_TARGET_UNVERIFIED', message, {
    problems: [problem, ...why.problems],
    cause: why,
  });
}

/** Those of the earlier champions that load and reproduce their golden rows, as an error names them. */
export async function describeTargets(services: GoldenServices, models: readonly ModelRef[]): Promise<string> {
  const sound: string[] = [];
  const distinct = new Map(models.map((model) => [model.modelDigest, model]));
  for (const model of distinct.values())
    if ((await findModelFault(services, model)) === null) sound.push(model.version);
  const listed = sound.join(', ') || 'there is none';
  return `an earlier champion that no rollback took back, and that loads and reproduces its golden rows: ${listed}`;
}

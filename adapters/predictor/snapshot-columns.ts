import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import type { ChildModel } from './protocol.js';

/**
 * Throws MODEL_SIGNATURE_MISMATCH naming every feature that the snapshot lacks, and INVALID_INPUT for carried columns
 * that are not in it, before a process is started for nothing.
 */
export function failUnlessColumnsExist(
  snapshot: SnapshotManifest,
  models: readonly ChildModel[],
  carry: readonly string[],
): void {
  const known = new Set(snapshot.columns.map((column) => column.name));
  const expected = `one of ${[...known].join(', ')}`;
  const features = models.flatMap((model): Problem[] =>
    model.kind === 'baseline'
      ? []
      : model.features
          .filter((feature) => !known.has(feature.name))
          .map((feature) => ({ field: `${model.label} feature`, found: feature.name, expected })),
  );
  if (features.length > 0) {
    throw new PermanentFailure('MODEL_SIGNATURE_MISMATCH', 'A model needs columns that the snapshot does not have.', {
      problems: features,
    });
  }
  const carried = carry.filter((name) => !known.has(name)).map((found) => ({ field: 'carry', found, expected }));
  if (carried.length > 0) {
    throw new PermanentFailure('INVALID_INPUT', 'The snapshot does not have the columns to carry.', {
      problems: carried,
    });
  }
}

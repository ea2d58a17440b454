import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../ports/prediction-table.js';
import type { ReplacementServices } from './provide-replacement.js';

interface FitQuestion {
  readonly pipeline: string;
  readonly to: ModelRef;
  /** Live files of the version that is rolled back. */
  readonly affected: readonly TableFile[];
}

/**
 * Refuses before anything is changed when the target could not score a window that has to be scored again: its snapshot
 * lacks a feature of the target. Windows with the target's shadow scores need no snapshot. Throws
 * ROLLBACK_TARGET_UNVERIFIED naming every window and what it lacks.
 */
export async function verifyTargetFits(services: ReplacementServices, question: FitQuestion): Promise<void> {
  const { pipeline, to, affected } = question;
  if (affected.length === 0) return;
  const { features } = (await services.bundles.open(to.modelDigest)).features;
  const shadows = await services.table.load(pipeline, 'shadow-predictions');
  const shadowed = new Set(
    shadows.files
      .filter((file) => file.modelDigest === to.modelDigest)
      .map((file) => `${file.window} ${file.runIdentity}`),
  );
  const problems: Problem[] = [];
  const again = affected.filter(({ window, runIdentity }) => !shadowed.has(`${window} ${runIdentity}`));
  for (const file of new Map(again.map((part) => [part.window, part])).values()) {
    const { columns } = await services.dataset.loadSnapshot(pipeline, file.snapshotDigest);
    const lacking = features.filter(({ name }) => columns.every((column) => column.name !== name));
    if (lacking.length === 0) continue;
    const names = lacking.map(({ name }) => name).join(', ');
    problems.push({
      field: `snapshot of ${file.window}`,
      found: `no ${names}`,
      expected: 'every feature of the target',
    });
  }
  if (problems.length === 0) return;
  const message = `Version ${to.version} cannot score the windows it would have to replace, and nothing was changed.`;
  throw new PermanentFailure('ROLLBACK_TARGET_UNVERIFIED', message, { problems });
}

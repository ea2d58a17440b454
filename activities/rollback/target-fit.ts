import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { AffectedWindow } from './preview-rollback.js';
import type { ReplacementServices } from './provide-replacement.js';

interface FitQuestion {
  readonly pipeline: string;
  readonly to: ModelRef;
  readonly affected: readonly AffectedWindow[];
}

/**
 * Refuses before anything is changed when the target could not score a window that has to be scored again: its snapshot
 * lacks a feature of the target. Windows with the target's shadow scores need no snapshot. Throws
 * ROLLBACK_TARGET_UNVERIFIED naming every window and what it lacks.
 */
export async function verifyTargetFits(services: ReplacementServices, question: FitQuestion): Promise<void> {
  const { pipeline, to, affected } = question;
  const again = affected.filter(({ shadows }) => shadows.length === 0);
  if (again.length === 0) return;
  const { features } = (await services.bundles.open(to.modelDigest)).features;
  const problems: Problem[] = [];
  for (const { window, served } of again) {
    const columns = await columnsOf(services, pipeline, served[0]?.snapshotDigest ?? '');
    if (columns === null) {
      problems.push({
        field: `snapshot of ${window}`,
        found: 'nothing that can be read',
        expected: 'the rows to score again',
      });
      continue;
    }
    const lacking = features.filter(({ name }) => !columns.includes(name));
    if (lacking.length === 0) continue;
    const names = lacking.map(({ name }) => name).join(', ');
    problems.push({
      field: `snapshot of ${window}`,
      found: `no ${names}`,
      expected: 'every feature of the target',
    });
  }
  if (problems.length === 0) return;
  const message = `Version ${to.version} cannot score the windows it would have to replace, and nothing was changed.`;
  throw new PermanentFailure('ROLLBACK_TARGET_UNVERIFIED', message, { problems });
}

/** Names of a snapshot's columns; null when it is gone or damaged. */
async function columnsOf(
  { dataset }: Pick<ReplacementServices, 'dataset'>,
  pipeline: string,
  digest: string,
): Promise<readonly string[] | null> {
  try {
    const { columns } = await dataset.loadSnapshot(pipeline, digest);
    return columns.map(({ name }) => name);
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

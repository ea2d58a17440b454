import type { SnapshotManifest } from '../../domain/snapshot.js';
import { describeValidation } from '../../domain/validation/describe-validation.js';
import type { ScorePlan } from './begin-score.js';
import { runIdentityOf } from './run-identity.js';
import type { ScoredWindow } from './score-and-audit.js';

/** A window whose rows failed validation is held before anything scores it; null when they passed. */
export function holdInvalid(plan: ScorePlan, snapshotDigest: string, manifest: SnapshotManifest): ScoredWindow | null {
  if (manifest.validation.status === 'passed') return null;
  return {
    status: 'held',
    heldBy: 'validation',
    runIdentity: runIdentityOf(plan, snapshotDigest, plan.champion.modelDigest),
    snapshotDigest,
    served: { model: plan.champion, cohort: 'champion' },
    rows: manifest.rows,
    positives: 0,
    servedFile: null,
    shadowFiles: [],
    grounds: manifest.validation.grounds,
    warnings: describeValidation(manifest),
  };
}

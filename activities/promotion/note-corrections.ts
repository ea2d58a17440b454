import { newestCorrections } from '../../domain/ledger/questions.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Registry } from '../ports/registry.js';
import type { Store } from '../ports/store.js';

/** Tags of the version that serves instead, for whoever looks at its page in MLflow. */
const correctionTags = {
  path: 'gauntlet.corrections',
  sha256: 'gauntlet.corrections_sha256',
  rollbackId: 'gauntlet.corrections_of',
} as const;

/** A courtesy: nobody waits longer than this for it. */
const patienceMs = 5_000;

/**
 * Names the newest correction file, by path and hash, on the version whose predictions stand now. The file stays in the
 * store: it may have as many rows as were ever served. Best effort: whatever MLflow says, the rollback is done, and the
 * next look at the alias tries again.
 */
export async function noteCorrections(
  { store, registry }: { readonly store: Store; readonly registry: Registry },
  { pipeline, registeredName }: { readonly pipeline: string; readonly registeredName: string },
): Promise<void> {
  const { state } = await readLedger(store, pipeline);
  const newest = newestCorrections(state);
  if (newest === null) return;
  const { model, file, rollbackId } = newest;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const version = await registry.getVersion(registeredName, model.version, signal);
    const tags = {
      [correctionTags.path]: file.path,
      [correctionTags.sha256]: file.sha256,
      [correctionTags.rollbackId]: rollbackId,
    };
    const isNoted = Object.entries(tags).every(([tag, value]) => version?.tags[tag] === value);
    if (version !== null && !isNoted) await registry.setVersionTags(registeredName, model.version, tags, signal);
  } catch {
    // The alias is right, which is what was asked for.
  }
}

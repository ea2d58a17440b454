import { formatDuration } from '../duration.js';
import type { FileCase, Verdict } from './retention-verdict.js';

/**
 * A file of a model. The registry keeps a copy of every model, and the manifest stays here for ever. Pipelines share the
 * folder of a model that they both made, so one that another ledger knows stays: only its own rules tell when it may go.
 */
export function decideModelFile({ facts, references, ages, file }: FileCase): Verdict {
  const { modelsAfterMs, graceMs } = facts.policy;
  const [, modelDigest = '', name = ''] = file.path.split('/');
  const elsewhere = facts.modelsElsewhere.get(modelDigest);
  if (elsewhere !== undefined) return { keep: `shared with pipeline ${elsewhere}, which registered the same model` };
  const registered = facts.ledger.models.get(modelDigest);
  if (registered === undefined) {
    if (references.wholeFolders.has(`models/${modelDigest}`)) return { keep: 'this ledger does not know the model' };
    if (ages.ofFolder(file) >= graceMs) return { rule: 'unfinished', sha256: null };
    return { keep: `a model without manifest, younger than ${formatDuration(graceMs)}` };
  }
  if (name === 'manifest.json') return { keep: 'a manifest' };
  const sha256 = facts.manifested.get(file.path);
  if (sha256 === undefined) return { keep: 'not a kind of file that a rule collects' };
  const needed = references.models.get(modelDigest);
  if (needed !== undefined) return { keep: needed };
  if (modelsAfterMs === null) return { keep: 'models are kept' };
  if (Date.parse(facts.now) - lastUsedAt(facts.ledger, modelDigest) < modelsAfterMs) {
    return { keep: `in use within ${formatDuration(modelsAfterMs)}` };
  }
  return { rule: 'models', sha256 };
}

/** When it was registered, or stopped being champion, whichever is later. */
function lastUsedAt(ledger: FileCase['facts']['ledger'], modelDigest: string): number {
  const registeredAt = Date.parse(ledger.models.get(modelDigest)?.at ?? '');
  const ends = ledger.championHistory.flatMap(({ model }, index) => {
    const next = ledger.championHistory[index + 1];
    return model.modelDigest === modelDigest && next !== undefined ? [Date.parse(next.since)] : [];
  });
  return Math.max(registeredAt, ...ends);
}

import { findOutOfBandChange, type OutOfBandChange, type RegistrySight } from '../../domain/ledger/alias-policy.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Registry } from '../ports/registry.js';
import type { Store } from '../ports/store.js';

/** The alias that stands for what the ledger says. */
export const championAlias = 'champion';

/** What the registry shows, and the ledger that it belongs to. `sight` is null while there is no champion. */
export interface RegistryLook {
  readonly state: LedgerState;
  readonly sight: RegistrySight | null;
  readonly change: OutOfBandChange | null;
}

interface Question {
  readonly pipeline: string;
  readonly registeredName: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs that promote and roll back all the time are not looked at between two of them. */
const maxLooks = 6;

/**
 * Looks at registry and ledger until the ledger stood still meanwhile, so that no change of Gauntlet's own is taken for
 * somebody else's; and what seems to be somebody else's is looked at twice, because a registry may answer from a copy
 * that lags behind. Throws a plain error when it does not come to rest, or the registry does not answer.
 */
export async function lookAtRegistry(
  { store, registry }: { readonly store: Store; readonly registry: Registry },
  question: Question,
): Promise<RegistryLook> {
  let seen: OutOfBandChange | null = null;
  for (let look = 0; look < maxLooks; look++) {
    const before = (await readLedger(store, question.pipeline)).state;
    if (before.champion === null) return { state: before, sight: null, change: null };
    const sight = await seeRegistry(registry, question, before.champion);
    const { state } = await readLedger(store, question.pipeline);
    if (!isStill(before, state)) continue;
    const change = findOutOfBandChange(state, sight);
    if (change === null || isSame(change, seen)) return { state, sight, change };
    seen = change;
  }
  throw new Error(`the registry's view of ${question.pipeline} keeps changing; it is looked at again later`);
}

/** One call while the alias is as it should be: the registry answers for a version that exists. */
export async function seeRegistry(
  registry: Registry,
  { registeredName, signal }: Omit<Question, 'pipeline'>,
  champion: ModelRef,
): Promise<RegistrySight> {
  const alias = await registry.getAlias(registeredName, championAlias, signal);
  const aliasVersion = alias?.version ?? null;
  if (aliasVersion === champion.version) return { aliasVersion, hasModel: true, hasVersion: true };
  const hasVersion = (await registry.getVersion(registeredName, champion.version, signal)) !== null;
  const isNamed = hasVersion || alias !== null;
  const hasModel = isNamed || (await registry.getModelTags(registeredName, signal)) !== null;
  return { aliasVersion, hasModel, hasVersion };
}

function isStill(before: LedgerState, after: LedgerState): boolean {
  return (
    before.championHistory.length === after.championHistory.length &&
    before.lastProjection?.recordNumber === after.lastProjection?.recordNumber
  );
}

function isSame(a: OutOfBandChange, b: OutOfBandChange | null): boolean {
  return a.finding === b?.finding && a.foundVersion === b.foundVersion && a.expected.version === b.expected.version;
}

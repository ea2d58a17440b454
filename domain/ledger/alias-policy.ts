import type { ModelRef } from '../model-ref.js';
import type { RegistryPolicy } from '../pipeline-definition.js';
import type { AliasMovedElsewhere, RegistryFinding } from './registry-events.js';
import { decideAlias } from './questions.js';
import type { LedgerState } from './state.js';

/** What the registry shows of a pipeline. */
export interface RegistrySight {
  /** The version the alias names; null without an alias. */
  readonly aliasVersion: string | null;
  /** Whether the registered model exists. */
  readonly hasModel: boolean;
  /** Whether the champion's version exists. */
  readonly hasVersion: boolean;
}

/** Something in the registry that Gauntlet did not do. */
export interface OutOfBandChange {
  readonly finding: RegistryFinding;
  readonly expected: ModelRef;
  readonly foundVersion: string | null;
}

/** What to do about it. */
export type AliasCourse =
  | { readonly action: 'alarm'; readonly why: string }
  | { readonly action: 'restore' }
  | { readonly action: 'adopt'; readonly model: ModelRef };

/** How often an alias is set again within a day: somebody who moves it more often means it. */
export const maxRestoresPerDay = 3;
const dayMs = 86_400_000;

/** What somebody else changed; null when the registry shows what Gauntlet made it show, or is about to. */
export function findOutOfBandChange(state: LedgerState, sight: RegistrySight): OutOfBandChange | null {
  const standing = decideAlias({ state, found: sight.aliasVersion });
  if (standing.status === 'no-champion' || state.champion === null) return null;
  const common = { expected: state.champion, foundVersion: sight.aliasVersion };
  if (!sight.hasModel) return { ...common, finding: 'model-removed' };
  if (!sight.hasVersion) return { ...common, finding: 'version-removed' };
  if (standing.status !== 'moved-elsewhere') return null;
  return { ...common, finding: sight.aliasVersion === null ? 'deleted' : 'moved' };
}

/** Whether the ledger has this very finding, and nothing settled it since. */
export function isRecorded(state: LedgerState, { finding, expected, foundVersion }: OutOfBandChange): boolean {
  const open = state.openFinding;
  return (
    open !== null &&
    findingOf(open) === finding &&
    open.expectedVersion === expected.version &&
    open.foundVersion === foundVersion
  );
}

/** What a record found, also one from before there were several findings. */
export function findingOf({ finding, foundVersion }: AliasMovedElsewhere): RegistryFinding {
  return finding ?? (foundVersion === null ? 'deleted' : 'moved');
}

/**
 * What the pipeline's policy makes of a change. `at` is now; `foundDigest` is what the registry says the found version
 * is made of, null when Gauntlet did not register it. What is gone from the registry is never put back by itself.
 */
export function decideAliasCourse(args: {
  readonly state: LedgerState;
  readonly change: OutOfBandChange;
  readonly policy: RegistryPolicy['onAliasMoved'];
  readonly at: string;
  readonly foundDigest: string | null;
}): AliasCourse {
  const { state, change, policy, at } = args;
  if (change.finding === 'version-removed' || change.finding === 'model-removed') {
    return alarm('what was removed is not put back; the model in the store serves on');
  }
  switch (policy) {
    case 'alarm':
      return alarm('the policy of the pipeline leaves it alone');
    case 'restore':
      return decideRestore(state, change, at);
    case 'adopt':
      return decideAdoption(args);
  }
}

function decideRestore(state: LedgerState, change: OutOfBandChange, at: string): AliasCourse {
  const sinceMs = Date.parse(at) - dayMs;
  const recorded = state.aliasAlarms.filter((found) => Date.parse(found.at) > sinceMs).length;
  const today = isRecorded(state, change) ? recorded : recorded + 1;
  if (today <= maxRestoresPerDay) return { action: 'restore' };
  return alarm(
    `it moved ${String(today)} times within a day; it is set again ${String(maxRestoresPerDay)} times at most`,
  );
}

function decideAdoption({ state, change, foundDigest }: Parameters<typeof decideAliasCourse>[0]): AliasCourse {
  const { expected, foundVersion } = change;
  if (foundVersion === null) return alarm('an alias that is gone names no version to adopt');
  const known = [...state.models.values()].find(
    ({ model }) => model.registeredName === expected.registeredName && model.version === foundVersion,
  );
  if (known === undefined) return alarm(`version ${foundVersion} is not one that this pipeline registered`);
  if (foundDigest !== known.model.modelDigest) {
    return alarm(
      `the registry's version ${foundVersion} is not the model that the ledger registered under that number`,
    );
  }
  const obstacle = adoptionObstacle(state, known.model);
  return obstacle === null ? { action: 'adopt', model: known.model } : alarm(obstacle);
}

/** Why a registered version may not become champion only because the alias names it; null when it may. */
export function adoptionObstacle(state: LedgerState, model: ModelRef): string | null {
  if (state.openPromotion !== null) return `the promotion ${state.openPromotion.promotionId} is open`;
  const against = state.excludedChallengers.findLast(({ modelDigest }) => modelDigest === model.modelDigest);
  if (against !== undefined) {
    return `version ${model.version} was ${against.because} (record ${String(against.recordNumber)})`;
  }
  // An earlier champion may also be a late request of Gauntlet's own, and its predictions would stay as they are.
  const wasChampion = state.championHistory.some((term) => term.model.modelDigest === model.modelDigest);
  return wasChampion ? `version ${model.version} was champion before: a rollback brings it back` : null;
}

function alarm(why: string): AliasCourse {
  return { action: 'alarm', why };
}

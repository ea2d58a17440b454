import type { ModelRef } from '../model-ref.js';

/** The registry alias was set to the head champion and read back. */
export interface AliasProjected {
  readonly type: 'alias-projected';
  readonly alias: string;
  readonly model: ModelRef;
  /** Number of the `champion-changed` record that this projects. */
  readonly changeNumber: number;
}

/** What somebody else may have done to what Gauntlet keeps in the registry. */
export const registryFindings = ['moved', 'deleted', 'version-removed', 'model-removed'] as const;
export type RegistryFinding = (typeof registryFindings)[number];

/**
 * The registry does not say what Gauntlet last made it say: the alias equals neither the head nor the last projection, or
 * what it should name is gone. Somebody else did it, or a late request. Written once for each finding.
 */
export interface AliasMovedElsewhere {
  readonly type: 'alias-moved-elsewhere';
  readonly alias: string;
  readonly expectedVersion: string;
  /** Null when the alias is gone. */
  readonly foundVersion: string | null;
  /** Left out by records from before removed versions were looked for: `deleted` without a found version, else `moved`. */
  readonly finding?: RegistryFinding;
}

/** A finding is over: Gauntlet set the alias again, or somebody else put it back. */
export interface AliasSettled {
  readonly type: 'alias-settled';
  readonly alias: string;
  readonly how: 'restored' | 'returned';
  /** Number of the `alias-moved-elsewhere` record. */
  readonly findingNumber: number;
  /** What the alias names now. */
  readonly version: string;
}

/** Rules that take out files which a manifest, a commit or a record names, or may be about to: never without a record. */
export const recordedRules = ['uncommitted', 'publications', 'snapshots', 'models'] as const;

/** A file that `collect` took out of the store, or is about to. */
export interface CollectedFile {
  /** Relative to the store's root. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rule: (typeof recordedRules)[number];
}

/** Files that retention takes out. Written before the first of them is removed; one that is still there is kept or waits. */
export interface Collected {
  readonly type: 'collected';
  readonly files: readonly CollectedFile[];
}

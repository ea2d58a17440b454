import type { LabelKind } from '../../domain/metrics.js';
import type { RowLoss } from '../../domain/rollout/rollout-policy.js';
import type { CohortSize, WindowSums } from '../../domain/rollout/analysis.js';

/** Files of one window as they were published: `row_key`, `score`, `decision` …; each side's files hold all of its rows. */
export interface WindowComparison {
  readonly challengerPaths: readonly string[];
  readonly championPaths: readonly string[];
  /** Parts of the labelled snapshot; empty while the labels are not known. */
  readonly labelledParts: readonly string[];
  readonly labelKind: LabelKind;
  readonly isWeighted: boolean;
  readonly loss: RowLoss;
  /** Cuts between the bins that scores are counted in. */
  readonly scoreCuts: readonly number[];
}

/** Compares two models on the rows that both have scored. Sums are made in DuckDB: no row comes to JavaScript. */
export interface RolloutComparer {
  /** Throws BAD_DATA where labels or weights cannot be used, or where a side's rows are not those of the other. */
  compareWindow(comparison: WindowComparison): Promise<WindowSums>;
  /** Counts whom each side served, over all windows given: `entity` comes from the parts of the windows' snapshots. */
  countCohort(args: {
    readonly challengerPaths: readonly string[];
    readonly championPaths: readonly string[];
    readonly snapshotParts: readonly string[];
  }): Promise<Omit<CohortSize, 'filesDigest'>>;
}

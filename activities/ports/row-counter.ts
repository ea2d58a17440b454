import type { CohortDraw } from '../../domain/cohort.js';

/** Reads how many rows a Parquet file says it has, and what stands in the rows of a publication. */
export interface RowCounter {
  countRows(localPath: string): Promise<number>;
  /** Counts the rows that a window must not have, over all files that serve it together. */
  countFaults(files: readonly CountedFile[]): Promise<RowFaults>;
  /** Counts the rows of a window that were not served by the one that their cohort names. */
  countCohortFaults(publication: {
    /** The parts of the window's snapshot, which have the entities. */
    readonly partPaths: readonly string[];
    readonly draw: CohortDraw;
    readonly challengerPaths: readonly string[];
    readonly championPaths: readonly string[];
  }): Promise<CohortFaults>;
}

/** A file with what all of its rows have to name. */
export interface CountedFile {
  readonly localPath: string;
  readonly modelDigest: string;
  readonly runIdentity: string;
}

export interface RowFaults {
  /** Rows whose key stands in another row of the window, or that have none. */
  readonly repeatedKeys: number;
  /** Rows whose score is missing, infinite or not a number. */
  readonly badScores: number;
  /** Rows that name another model or run than their file does. */
  readonly otherOrigins: number;
}

export interface CohortFaults {
  /** Rows that the challenger served although their entity is not in its cohort. */
  readonly strangers: number;
  /** Rows of entities in the cohort that the challenger did not serve. */
  readonly missed: number;
  /** Rows whose `cohort` column is not that of the model that served them. */
  readonly mislabelled: number;
}

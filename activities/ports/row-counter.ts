/** Reads how many rows a Parquet file says it has, and what stands in the rows of a publication. */
export interface RowCounter {
  countRows(localPath: string): Promise<number>;
  /** Counts the rows that a publication must not have, over all its files together. */
  countFaults(publication: {
    readonly localPaths: readonly string[];
    readonly modelDigest: string;
    readonly runIdentity: string;
  }): Promise<RowFaults>;
}

export interface RowFaults {
  /** Rows whose key stands in another row of the publication, or that have none. */
  readonly repeatedKeys: number;
  /** Rows whose score is missing, infinite or not a number. */
  readonly badScores: number;
  /** Rows that name another model or run than their file does. */
  readonly otherOrigins: number;
}

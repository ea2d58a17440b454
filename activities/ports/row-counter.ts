/** Reads how many rows a Parquet file says it has. */
export interface RowCounter {
  countRows(localPath: string): Promise<number>;
}

/**
 * A model that scores blocks of rows inside a DuckDB query: `begin`, each column once, `run`. It blocks until it is done,
 * since a scalar function cannot wait. Blocks have at most 2,048 rows, DuckDB's vector size.
 */
export interface BlockModel {
  begin(rows: number): void;
  /** float32 values of one input column, one per row; NaN is a missing value. The array is only valid during the call. */
  setColumn(index: number, values: Float32Array): void;
  /** One score per row, valid until the next block begins. */
  run(rows: number): Float32Array;
}

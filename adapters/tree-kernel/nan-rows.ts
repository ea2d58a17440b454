/**
 * Rows in which a number is missing, made from rows that are complete: for every feature copies of a few of them, spread
 * over all, with NaN in that feature, and one row with NaN in all. Missing values are then always among the rows that a
 * kernel is proved on, whether or not the data had any.
 */
export function synthesiseNanRows(args: {
  readonly columns: readonly Float32Array[];
  readonly rows: number;
  readonly copiesPerFeature: number;
}): { readonly columns: readonly Float32Array[]; readonly rows: number } {
  const { columns, rows, copiesPerFeature } = args;
  if (rows === 0) return { columns: columns.map(() => new Float32Array(0)), rows: 0 };
  const count = columns.length * copiesPerFeature + 1;
  const made = columns.map((column, feature) =>
    Float32Array.from({ length: count }, (_, index) => {
      const missing = Math.floor(index / copiesPerFeature);
      const isMissing = missing === feature || missing === columns.length;
      return isMissing ? Number.NaN : (column[Math.floor((index * rows) / count)] ?? Number.NaN);
    }),
  );
  return { columns: made, rows: count };
}

import type { TreeKernel } from './load-kernel.js';

/** Whether a kernel may stand for ONNX Runtime, and by how much it was off at most. */
export type KernelProof =
  | { readonly status: 'proved'; readonly rows: number; readonly largestDifference: number }
  | { readonly status: 'refuted'; readonly rows: number; readonly largestDifference: number; readonly why: string };

/** Scores the rows with the kernel and compares. Scores that are not finite on either side prove nothing. */
export function proveKernel(args: {
  readonly kernel: TreeKernel;
  readonly columns: readonly Float32Array[];
  readonly rows: number;
  readonly expected: Float32Array;
  readonly tolerance: number;
}): KernelProof {
  const { rows, expected, tolerance } = args;
  if (rows === 0)
    return { status: 'refuted', rows, largestDifference: Number.NaN, why: 'there are no rows to compare' };
  if (expected.length !== rows || args.columns.length !== args.kernel.columns.length) {
    const found = `${expected.length} scores and ${args.columns.length} columns for ${rows} rows`;
    return { status: 'refuted', rows, largestDifference: Number.NaN, why: `the rows do not fit the kernel: ${found}` };
  }
  const { row, largestDifference } = compareScores(args);
  if (largestDifference <= tolerance) return { status: 'proved', rows, largestDifference };
  const why = `row ${row + 1} is off by ${largestDifference}, more than ${tolerance}`;
  return { status: 'refuted', rows, largestDifference, why };
}

/** The largest difference and its row; NaN is larger than any. */
function compareScores({ kernel, columns, rows, expected }: Parameters<typeof proveKernel>[0]) {
  let worst = { row: 0, largestDifference: 0 };
  for (let first = 0; first < rows; first += kernel.maxRows) {
    const count = Math.min(kernel.maxRows, rows - first);
    for (const [feature, column] of columns.entries()) {
      kernel.columns[feature]?.set(column.subarray(first, first + count));
    }
    for (const [index, score] of kernel.run(count).entries()) {
      const difference = Math.abs(score - (expected[first + index] ?? Number.NaN));
      if (Number.isNaN(difference)) return { row: first + index, largestDifference: Number.NaN };
      if (difference > worst.largestDifference) worst = { row: first + index, largestDifference: difference };
    }
  }
  return worst;
}

import { sumByBlocks, type BinaryGroup } from '../../domain/statistics/block-sums.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { orderByScore } from '../../domain/statistics/score-order.js';

/** A labelled row of a block, scored by both sides. */
export interface SummedRow {
  readonly label: number;
  readonly block: number;
  readonly champion: number;
  readonly challenger: number;
  readonly weight?: number;
}

/** Sums of all rows as one group, with the metrics of decisions and of ranks. */
export function sumRows(
  rows: readonly SummedRow[],
  options: { readonly topShare?: number; readonly threshold?: number } = {},
): BinaryGroup {
  const side = (name: 'champion' | 'challenger') => {
    const scores = Float32Array.from(rows, (one) => one[name]);
    return { scores, order: orderByScore(scores), threshold: options.threshold ?? null };
  };
  const weights = rows.some((row) => row.weight !== undefined)
    ? { weights: Float64Array.from(rows, (row) => row.weight ?? 1) }
    : {};
  const [group] = sumByBlocks({
    rows: {
      labels: Uint8Array.from(rows, (one) => one.label),
      blocks: Uint16Array.from(rows, (one) => one.block),
      blockCount: Math.max(0, ...rows.map((row) => row.block)) + 1,
      ...weights,
    },
    champion: side('champion'),
    challenger: side('challenger'),
    grouping: { codes: new Int32Array(rows.length), count: 1 },
    value: { unit: 'EUR', truePositive: 5, falsePositive: -1, trueNegative: 0, falseNegative: -2 },
    ...(options.topShare === undefined ? {} : { topShare: options.topShare }),
  });
  if (group === undefined) throw new Error('there is one group');
  return group;
}

/** Rows of some days that both sides score with some skill, the champion with more. */
export function drawRows(args: { blocks: number; rowsPerBlock: number; seed: number }): SummedRow[] {
  const random = seededRandom(args.seed);
  return Array.from({ length: args.blocks * args.rowsPerBlock }, (_, index): SummedRow => {
    const risk = random();
    return {
      label: random() < 0.05 + 0.5 * risk * risk ? 1 : 0,
      block: index % args.blocks,
      champion: Math.fround(0.8 * risk + 0.2 * random()),
      challenger: Math.fround(0.6 * risk + 0.4 * random()),
    };
  });
}

import type { RegressionMetric } from '../metrics.js';
import type { BlockStatistic } from './block-bootstrap.js';
import { bump, cellOf, weightOf, type Grouping } from './score-pass.js';

/** Compared rows whose label is a number. */
export interface NumericRows {
  readonly labels: Float64Array;
  readonly blocks: Uint16Array;
  readonly blockCount: number;
  /** How much each row counts, at least 0; without it every row counts once. */
  readonly weights?: Float64Array;
}

/** Sums of one side's errors, prediction minus label, by block. */
export interface ErrorSums {
  readonly signed: Float64Array;
  readonly absolute: Float64Array;
  readonly squared: Float64Array;
}

/** Both sides of one group of numeric labels, over the blocks in which the group has rows. */
export interface RegressionGroup {
  readonly kind: 'regression';
  readonly blocks: number;
  readonly rows: number;
  /** Rows with a label above zero. */
  readonly positiveRows: number;
  readonly sizes: Float64Array;
  /** Of the labels less their mean over all rows, so that squares lose no digits to a large mean. */
  readonly labels: Float64Array;
  readonly labelSquares: Float64Array;
  /** Of the labels without their sign. */
  readonly labelMagnitudes: Float64Array;
  readonly champion: ErrorSums;
  readonly challenger: ErrorSums;
}

type Sums = Omit<RegressionGroup, 'kind' | 'blocks' | 'rows' | 'positiveRows'> & {
  readonly rowCounts: Float64Array;
  readonly positiveCounts: Float64Array;
};

/** Sums of every group, in the order of their codes, in one pass over the rows. */
export function sumErrorsByBlocks(args: {
  readonly rows: NumericRows;
  readonly champion: Float32Array;
  readonly challenger: Float32Array;
  readonly grouping: Grouping;
}): readonly RegressionGroup[] {
  const { rows, grouping } = args;
  const sums = sumErrors(args);
  return Array.from({ length: grouping.count }, (_, group) => {
    const cells = Array.from({ length: rows.blockCount }, (_, block) => group * rows.blockCount + block).filter(
      (cell) => (sums.rowCounts[cell] ?? 0) > 0,
    );
    const pick = (values: Float64Array) => Float64Array.from(cells, (cell) => values[cell] ?? 0);
    const total = (values: Float64Array) => pick(values).reduce((sum, value) => sum + value, 0);
    const side = (errors: ErrorSums): ErrorSums => ({
      signed: pick(errors.signed),
      absolute: pick(errors.absolute),
      squared: pick(errors.squared),
    });
    return {
      kind: 'regression',
      blocks: cells.length,
      rows: total(sums.rowCounts),
      positiveRows: total(sums.positiveCounts),
      sizes: pick(sums.sizes),
      labels: pick(sums.labels),
      labelSquares: pick(sums.labelSquares),
      labelMagnitudes: pick(sums.labelMagnitudes),
      champion: side(sums.champion),
      challenger: side(sums.challenger),
    };
  });
}

function sumErrors({ rows, grouping, ...scores }: Parameters<typeof sumErrorsByBlocks>[0]): Sums {
  const make = () => new Float64Array(grouping.count * rows.blockCount);
  const makeSide = (): ErrorSums => ({ signed: make(), absolute: make(), squared: make() });
  const sums: Sums = {
    rowCounts: make(),
    positiveCounts: make(),
    sizes: make(),
    labels: make(),
    labelSquares: make(),
    labelMagnitudes: make(),
    champion: makeSide(),
    challenger: makeSide(),
  };
  const centre = rows.labels.reduce((sum, label) => sum + label, 0) / Math.max(1, rows.labels.length);
  for (let row = 0; row < rows.labels.length; row += 1) {
    const cell = cellOf(rows, grouping, row);
    if (cell < 0) continue;
    const label = rows.labels[row] ?? 0;
    const weight = weightOf(rows, row);
    bump(sums.rowCounts, cell, 1);
    if (label > 0) bump(sums.positiveCounts, cell, 1);
    bump(sums.sizes, cell, weight);
    bump(sums.labels, cell, weight * (label - centre));
    bump(sums.labelSquares, cell, weight * (label - centre) ** 2);
    bump(sums.labelMagnitudes, cell, weight * Math.abs(label));
    addError(sums.champion, cell, (scores.champion[row] ?? 0) - label, weight);
    addError(sums.challenger, cell, (scores.challenger[row] ?? 0) - label, weight);
  }
  return sums;
}

function addError(sums: ErrorSums, cell: number, error: number, weight: number): void {
  bump(sums.signed, cell, weight * error);
  bump(sums.absolute, cell, weight * Math.abs(error));
  bump(sums.squared, cell, weight * error * error);
}

/** A regression metric of any multiset of blocks; NaN where its denominator is zero. */
export function errorStatistic(metric: RegressionMetric, group: RegressionGroup, side: ErrorSums): BlockStatistic {
  const sum = (values: Float64Array, weights: Float64Array, offset: number) => {
    let total = 0;
    for (let block = 0; block < values.length; block += 1)
      total += (weights[offset + block] ?? 0) * (values[block] ?? 0);
    return total;
  };
  const ratio =
    (above: Float64Array, below: Float64Array): BlockStatistic =>
    (weights, offset) =>
      sum(above, weights, offset) / sum(below, weights, offset);
  switch (metric) {
    case 'mae':
      return ratio(side.absolute, group.sizes);
    case 'bias':
      return ratio(side.signed, group.sizes);
    case 'wape':
      return ratio(side.absolute, group.labelMagnitudes);
    case 'rmse': {
      const mean = ratio(side.squared, group.sizes);
      return (weights, offset) => Math.sqrt(mean(weights, offset));
    }
    case 'r2':
      return (weights, offset) => {
        const labels = sum(group.labels, weights, offset);
        const variation =
          sum(group.labelSquares, weights, offset) - (labels * labels) / sum(group.sizes, weights, offset);
        return variation > 0 ? 1 - sum(side.squared, weights, offset) / variation : NaN;
      };
  }
}

import { bump, forEachRank, weightOf, type Grouping, type LabelledRows, type OrderedScores } from './score-pass.js';

/** Bins of equal mass for calibration; 15 is the number of Guo et al. 2017. */
export const CALIBRATION_BINS = 15;

/** Each calibration bin at [(group * CALIBRATION_BINS + bin) * blocks + block]: how many rows, and weighted sums. */
export interface CalibrationSums {
  readonly rows: Float64Array;
  readonly weights: Float64Array;
  readonly labels: Float64Array;
  readonly scores: Float64Array;
}

/** Bins hold equal shares of a group's rows by rank; rows that tie share their middle rank and so a bin. */
export function sumCalibration(
  rows: LabelledRows,
  side: OrderedScores,
  grouping: Grouping,
  groupWeights: readonly number[],
): CalibrationSums {
  const size = grouping.count * CALIBRATION_BINS * rows.blockCount;
  const sums = {
    rows: new Float64Array(size),
    weights: new Float64Array(size),
    labels: new Float64Array(size),
    scores: new Float64Array(size),
  };
  forEachRank(rows, side, grouping, groupWeights, (row, group, middleRank, score) => {
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(middleRank * CALIBRATION_BINS));
    const cell = (group * CALIBRATION_BINS + bin) * rows.blockCount + (rows.blocks[row] ?? 0);
    const weight = weightOf(rows, row);
    bump(sums.rows, cell, 1);
    bump(sums.weights, cell, weight);
    bump(sums.labels, cell, weight * (rows.labels[row] ?? 0));
    bump(sums.scores, cell, weight * score);
  });
  return sums;
}

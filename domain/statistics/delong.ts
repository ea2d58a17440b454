import type { DeLongDifference } from '../gates/comparison.js';
import { normalQuantile } from './distributions.js';
import { forEachTie, type OrderedScores } from './score-pass.js';

/**
 * The paired difference of two AUCs by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988) with the midranks of Sun
 * and Xu (IEEE Signal Processing Letters 21, 2014): one pass over each sorted side instead of all pairs. It takes rows as
 * independent, so beside the block bootstrap it shows how much the days weigh. Null below two rows of each class, where
 * there is no variance.
 */
export function computeDeLong(args: {
  readonly labels: Uint8Array;
  readonly champion: OrderedScores;
  readonly challenger: OrderedScores;
  /** Of the two-sided interval. */
  readonly level: number;
}): DeLongDifference | null {
  const { labels, level } = args;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  if (positives < 2 || negatives < 2) return null;
  const before = placeRows(labels, args.champion, positives, negatives);
  const after = placeRows(labels, args.challenger, positives, negatives);
  // The variance of a difference of means is that of the rows' differences: no covariance matrix is needed.
  const differences = after.map((place, row) => place - (before[row] ?? 0));
  const ofPositives = moments(differences, labels, 1);
  const ofNegatives = moments(differences, labels, 0);
  const se = Math.sqrt(ofPositives.variance / positives + ofNegatives.variance / negatives);
  const half = normalQuantile((1 + level) / 2) * se;
  const estimate = ofPositives.mean;
  return { estimate, se, lower: estimate - half, upper: estimate + half };
}

/**
 * The structural components: of a positive, the share of negatives it is above; of a negative, the share of positives it
 * is below; ties count half. Either class's mean is the AUC.
 */
function placeRows(labels: Uint8Array, side: OrderedScores, positives: number, negatives: number): Float64Array {
  const places = new Float64Array(labels.length);
  let onesBelow = 0;
  let zerosBelow = 0;
  forEachTie(side, (start, end) => {
    let ones = 0;
    for (let place = start; place < end; place += 1) ones += labels[side.order[place] ?? 0] ?? 0;
    const zeros = end - start - ones;
    const ofPositive = (zerosBelow + zeros / 2) / negatives;
    const ofNegative = 1 - (onesBelow + ones / 2) / positives;
    for (let place = start; place < end; place += 1) {
      const row = side.order[place] ?? 0;
      places[row] = labels[row] === 1 ? ofPositive : ofNegative;
    }
    onesBelow += ones;
    zerosBelow += zeros;
  });
  return places;
}

function moments(values: Float64Array, labels: Uint8Array, label: 0 | 1): { mean: number; variance: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let row = 0; row < values.length; row += 1) {
    if (labels[row] !== label) continue;
    const value = values[row] ?? 0;
    count += 1;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  return { mean, variance: squares / (count - 1) };
}

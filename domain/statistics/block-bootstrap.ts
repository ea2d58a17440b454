import type { Uncertainty } from '../gates/comparison.js';
import type { BlockStatistic } from './block-metrics.js';
import { studentQuantile } from './distributions.js';
import { seededRandom } from './random.js';

/** Fewer days than this say next to nothing about how days differ, and no interval is given. */
export const MIN_BLOCKS = 4;
/** If more replicates than this share are undefined (one class only), the spread of the rest would be too small. */
const MAX_UNDEFINED_SHARE = 0.01;

/** How often each day is drawn in each replicate: `weights[replicate * blocks + day]`. */
export interface Resamples {
  readonly weights: Float64Array;
  readonly blocks: number;
  readonly replicates: number;
}

/** Draws whole days with replacement. The same seed, days and replicates give the same draws for every metric and side. */
export function resampleBlocks(args: { blocks: number; replicates: number; seed: number }): Resamples {
  const { blocks, replicates, seed } = args;
  const random = seededRandom(seed);
  const weights = new Float64Array(blocks * replicates);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    for (let draw = 0; draw < blocks; draw += 1) {
      const place = replicate * blocks + Math.floor(random() * blocks);
      weights[place] = (weights[place] ?? 0) + 1;
    }
  }
  return { weights, blocks, replicates };
}

/**
 * The interval of a statistic by a block bootstrap: estimate ± t · se, where se is the replicates' standard deviation
 * times sqrt(B / (B - 1)) and t is Student's quantile with B - 1 degrees of freedom for B days. With few blocks the plain
 * percentile interval is too narrow ("narrowness bias"): the bootstrap divides by B where B - 1 is right, and uses normal
 * tails; both corrections are those of Hesterberg, "What Teachers Should Know About the Bootstrap", The American
 * Statistician 69(4), 2015, sections 3.2 and 4. Being centred on the estimate it also stays unbiased for ECE, whose
 * replicates are biased upwards.
 */
export function estimateUncertainty(
  estimate: number,
  statistic: BlockStatistic,
  resamples: Resamples,
  confidence: number,
): Uncertainty {
  const { blocks } = resamples;
  const none = { lower: null, upper: null, se: null, blocks };
  if (blocks < MIN_BLOCKS) {
    return { ...none, reason: `an interval needs at least ${String(MIN_BLOCKS)} days, there are ${String(blocks)}` };
  }
  const spread = replicateSpread(statistic, resamples);
  if (spread === null) return { ...none, reason: 'too many resamples of days hold one class only' };
  const se = spread * Math.sqrt(blocks / (blocks - 1));
  const half = studentQuantile((1 + confidence) / 2, blocks - 1) * se;
  return { lower: estimate - half, upper: estimate + half, se, blocks, reason: null };
}

/** Smallest true difference that is noticed with 80 % power by a one-sided test at the level of the interval's bound. */
export function minimumDetectable(se: number, blocks: number, confidence: number): number {
  return (studentQuantile((1 + confidence) / 2, blocks - 1) + studentQuantile(0.8, blocks - 1)) * se;
}

/** Standard deviation over the replicates; null when too many are undefined. */
function replicateSpread(statistic: BlockStatistic, { weights, blocks, replicates }: Resamples): number | null {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const value = statistic(weights, replicate * blocks);
    if (!Number.isFinite(value)) continue;
    count += 1;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  if (count < 2 || count < replicates * (1 - MAX_UNDEFINED_SHARE)) return null;
  return Math.sqrt(squares / (count - 1));
}

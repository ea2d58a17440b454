import type { Uncertainty } from '../gates/comparison.js';
import { studentQuantile } from './distributions.js';
import { seededRandom } from './random.js';

/** Fewer blocks than this say next to nothing about how blocks differ, and no interval is given. */
export const MIN_BLOCKS = 4;
/** If more replicates than this share are undefined (one class only), the spread of the rest would be too small. */
const MAX_UNDEFINED_SHARE = 0.01;
/**
 * A metric that is the same in every replicate has a spread of zero, as where both sides decide the same everywhere. From
 * fewer rows that is no knowledge: what was seen in none of 300 rows may still happen in one of a hundred ("rule of three").
 */
const MIN_ROWS_WITHOUT_SPREAD = 300;
/** Differences of replicates below this are what is left of adding in another order. */
const ROUNDING_SPREAD = 1e-13;

/** What is drawn as one. */
export type BlockKind = 'day' | 'entity';

/** What a person calls several of them. */
export function blockWord(kind: BlockKind): string {
  return kind === 'day' ? 'days' : 'groups of entities';
}

/** A metric of a multiset of blocks: `weights[offset + j]` says how often block j is in it. NaN where it is undefined. */
export type BlockStatistic = (weights: Float64Array, offset: number) => number;

/** How often each block is drawn in each replicate: `weights[replicate * blocks + block]`. */
export interface Resamples {
  readonly weights: Float64Array;
  readonly blocks: number;
  readonly replicates: number;
}

/** Draws whole blocks with replacement. The same seed, blocks and replicates give the same draws for every metric and side. */
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

/** The metric in every replicate. */
export function replicateStatistic(statistic: BlockStatistic, resamples: Resamples): Float64Array {
  const values = new Float64Array(resamples.replicates);
  for (let replicate = 0; replicate < resamples.replicates; replicate += 1) {
    values[replicate] = statistic(resamples.weights, replicate * resamples.blocks);
  }
  return values;
}

/** What an interval is made from, besides the estimate and its replicates. */
export interface SampleFacts {
  readonly blocks: number;
  readonly kind: BlockKind;
  readonly rows: number;
  /** Of the two-sided interval. */
  readonly level: number;
}

/**
 * The interval of a statistic by a block bootstrap: estimate ± t · se, where se is the replicates' standard deviation
 * times sqrt(B / (B - 1)) and t is Student's quantile with B - 1 degrees of freedom for B blocks. With few blocks the plain
 * percentile interval is too narrow ("narrowness bias"): the bootstrap divides by B where B - 1 is right, and uses normal
 * tails; both corrections are those of Hesterberg, "What Teachers Should Know About the Bootstrap", The American
 * Statistician 69(4), 2015, sections 3.2 and 4. Being centred on the estimate it also stays unbiased for ECE, whose
 * replicates are biased upwards.
 */
export function estimateUncertainty(estimate: number, replicates: Float64Array, facts: SampleFacts): Uncertainty {
  const { blocks, kind, rows, level } = facts;
  if (blocks < MIN_BLOCKS) return noInterval(blocks, fewBlocksReason(blocks, kind));
  const spread = replicateSpread(replicates);
  if (spread === null) return noInterval(blocks, `it is undefined in too many resamples of ${blockWord(kind)}`);
  if (spread < ROUNDING_SPREAD && rows < MIN_ROWS_WITHOUT_SPREAD) {
    const reason = `nothing varies between ${blockWord(kind)}, and ${String(rows)} rows are too few to show that nothing can`;
    return noInterval(blocks, reason);
  }
  const se = spread * Math.sqrt(blocks / (blocks - 1));
  const half = studentQuantile((1 + level) / 2, blocks - 1) * se;
  return { lower: estimate - half, upper: estimate + half, se, blocks, reason: null };
}

/** An estimate without an interval, and why. */
export function noInterval(blocks: number, reason: string): Uncertainty {
  return { lower: null, upper: null, se: null, blocks, reason };
}

function fewBlocksReason(blocks: number, kind: BlockKind): string {
  return `an interval needs at least ${String(MIN_BLOCKS)} ${blockWord(kind)}, there are ${String(blocks)}`;
}

/** Smallest true difference that is noticed with 80 % power by a one-sided test at the level of the interval's bound. */
export function minimumDetectable(se: number, blocks: number, level: number): number {
  return (studentQuantile((1 + level) / 2, blocks - 1) + studentQuantile(0.8, blocks - 1)) * se;
}

/** Standard deviation over the replicates; null when too many are undefined. */
function replicateSpread(replicates: Float64Array): number | null {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of replicates) {
    if (!Number.isFinite(value)) continue;
    count += 1;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  if (count < 2 || count < replicates.length * (1 - MAX_UNDEFINED_SHARE)) return null;
  return Math.sqrt(squares / (count - 1));
}

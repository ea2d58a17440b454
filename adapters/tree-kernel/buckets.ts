/**
 * A coarse, monotone whole number of a float32 value by which a table is looked up: it names the first cut that may not
 * be below the value, so that only the cuts of the same bucket are left to compare with.
 */
export type BucketKey =
  /** `round((value - lowest) * scale)`: for cuts that are spread evenly. */
  | { readonly kind: 'scaled'; readonly lowest: number; readonly scale: number; readonly buckets: number }
  /** The leading bits of the number: for cuts over many powers of two. */
  | {
      readonly kind: 'bits';
      readonly lowest: number;
      readonly highest: number;
      readonly shift: number;
      readonly buckets: number;
    };

export interface Buckets {
  readonly key: BucketKey;
  /** The first cut of each bucket or of a later one. */
  readonly starts: Int32Array;
  /** Comparisons that are left: each halves the cuts of the fullest bucket. */
  readonly steps: number;
}

const sizes = [64, 256, 1024, 4096];

/** The smallest table that leaves the fewest comparisons. The cuts ascend, and there is at least one. */
export function planBuckets(cuts: Float32Array): Buckets {
  let best: Buckets | null = null;
  for (const size of sizes) {
    for (const key of [scaledKey(cuts, size), bitsKey(cuts, size)]) {
      if (key === null) continue;
      const candidate = fillBuckets(cuts, key);
      if (best === null || candidate.steps < best.steps) best = candidate;
    }
  }
  if (best === null) throw new Error('a feature without cuts has no buckets');
  return best;
}

function scaledKey(cuts: Float32Array, buckets: number): BucketKey | null {
  const finite = cuts.filter(Number.isFinite);
  const [lowest = 0, highest = 0] = [finite[0], finite.at(-1)];
  // The arithmetic of the kernel is float32; a scale that overflows or vanishes there orders nothing.
  const scale = highest > lowest ? Math.fround((buckets - 2) / Math.fround(highest - lowest)) : 1;
  return scale > 0 && Number.isFinite(scale) ? { kind: 'scaled', lowest, scale, buckets } : null;
}

function bitsKey(cuts: Float32Array, size: number): BucketKey {
  const lowest = orderedBits(cuts[0] ?? 0);
  const last = orderedBits(cuts.at(-1) ?? 0);
  let shift = 0;
  while ((last - lowest) / 2 ** shift >= size - 2) shift += 1;
  const highest = Math.min(last + 2 ** shift, 0x7fffffff);
  return { kind: 'bits', lowest, highest, shift, buckets: Math.floor((highest - lowest) / 2 ** shift) + 1 };
}

const number = new Float32Array(1);
const bits = new Int32Array(number.buffer);

/** The bits of a float32 as an integer that ascends with the number; -0 comes right before 0. */
function orderedBits(value: number): number {
  number[0] = value;
  const integer = bits[0] ?? 0;
  return integer ^ ((integer >> 31) >>> 1);
}

/** The same arithmetic as the kernel's, step by step in float32. */
function bucketOf(key: BucketKey, value: number): number {
  if (key.kind === 'bits') {
    const clamped = Math.min(Math.max(orderedBits(value), key.lowest), key.highest);
    return Math.floor((clamped - key.lowest) / 2 ** key.shift);
  }
  const scaled = Math.fround(Math.fround(value - key.lowest) * key.scale);
  return Math.fround(Math.max(Math.min(scaled, key.buckets - 1), 0) + ROUNDING) - ROUNDING;
}

/** Adding it leaves no place for a fraction in a float32. */
export const ROUNDING = 2 ** 23;

function fillBuckets(cuts: Float32Array, key: BucketKey): Buckets {
  const starts = new Int32Array(key.buckets);
  let fullest = 1;
  let at = 0;
  for (let bucket = 0; bucket < key.buckets; bucket += 1) {
    starts[bucket] = at;
    const first = at;
    while (at < cuts.length && bucketOf(key, cuts[at] ?? 0) <= bucket) at += 1;
    fullest = Math.max(fullest, at - first);
  }
  return { key, starts, steps: Math.ceil(Math.log2(fullest + 1)) };
}

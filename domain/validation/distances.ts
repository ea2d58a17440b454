/** Largest difference between the shares of any one bin: 0 for equal shares, at most 1. */
export function computeLInfinity(reference: readonly number[], current: readonly number[]): number {
  return Math.max(0, ...reference.map((share, bin) => Math.abs(share - (current[bin] ?? 0))));
}

/**
 * Jensen-Shannon distance with logarithms to base 2: the square root of the mean divergence of both sides from their
 * midpoint. 0 for equal shares, 1 for shares that have no bin in common; empty bins need no correction.
 */
export function computeJensenShannon(reference: readonly number[], current: readonly number[]): number {
  const terms = reference.map((p, bin) => {
    const q = current[bin] ?? 0;
    const middle = (p + q) / 2;
    return (weightedLog(p, middle) + weightedLog(q, middle)) / 2;
  });
  // Rounding can leave the sum of equal shares a little below nothing.
  return Math.sqrt(
    Math.max(
      0,
      terms.reduce((sum, term) => sum + term, 0),
    ),
  );
}

function weightedLog(share: number, middle: number): number {
  return share === 0 ? 0 : share * Math.log2(share / middle);
}

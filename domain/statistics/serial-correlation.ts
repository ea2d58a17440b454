/** A correlation beyond this is taken for this: the error of a mean would grow without bound. */
const MOST = 0.9;

/**
 * How alike neighbouring observations are taken to be, 0..0.9: their first autocorrelation, with the bias of its estimate
 * put right (Kendall 1954: it comes out too low by (1 + 4r) / n) and half of its standard error 1/√n added, because
 * resemblance that a short series does not show is what makes it seem surer than it is. Never below zero: observations
 * that take turns are not used to narrow an interval.
 */
export function serialCorrelation(observations: readonly number[]): number {
  const n = observations.length;
  const mean = observations.reduce((sum, value) => sum + value, 0) / n;
  let squares = 0;
  let products = 0;
  for (let k = 0; k < n; k += 1) {
    const here = (observations[k] ?? 0) - mean;
    squares += here * here;
    if (k > 0) products += here * ((observations[k - 1] ?? 0) - mean);
  }
  if (squares === 0) return 0;
  const found = products / squares;
  const likely = found + (1 + 4 * Math.max(0, found)) / n + 0.5 / Math.sqrt(n);
  return Math.min(MOST, Math.max(0, likely));
}

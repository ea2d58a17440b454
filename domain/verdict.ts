/**
 * What evidence says. Missing data, NaN or too small a sample is `inconclusive`, never `pass`; being unable to measure
 * at all is an error, not a verdict.
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** The verdict of a list: fail beats inconclusive, inconclusive beats pass, and an empty list proves nothing. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  if (verdicts.length === 0 || verdicts.includes('inconclusive')) return 'inconclusive';
  return 'pass';
}

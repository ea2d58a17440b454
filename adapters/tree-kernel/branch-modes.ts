/** A split `value > cut`; `yesIsHigh` tells whether the file's true branch is the high side. */
export interface NormalSplit {
  readonly cut: number;
  readonly yesIsHigh: boolean;
}

/**
 * The split of a branch mode as one of the form `value > cut`, exact for every float32 value, or null where there is
 * none: equality tests, a threshold that is no number, and the two splits with -Infinity that no value decides.
 */
export function normaliseSplit(mode: string, threshold: number): NormalSplit | null {
  if (Number.isNaN(threshold)) return null;
  switch (mode) {
    case 'BRANCH_LEQ':
      return { cut: withoutSign(threshold), yesIsHigh: false };
    case 'BRANCH_GT':
      return { cut: withoutSign(threshold), yesIsHigh: true };
    case 'BRANCH_LT':
    case 'BRANCH_GTE':
      // `value >= t` holds exactly for the values greater than t's lower neighbour.
      return threshold === -Infinity ? null : { cut: lowerNeighbour(threshold), yesIsHigh: mode === 'BRANCH_GTE' };
    default:
      return null;
  }
}

/** -0 and 0 are one number, and shall be one cut. */
function withoutSign(value: number): number {
  return value === 0 ? 0 : value;
}

const number = new Float32Array(1);
const bits = new Int32Array(number.buffer);

/** The greatest float32 below a float32. */
function lowerNeighbour(value: number): number {
  if (value === 0) return -(2 ** -149);
  number[0] = value;
  bits[0] = (bits[0] ?? 0) + (value > 0 ? -1 : 1);
  return withoutSign(number[0]);
}

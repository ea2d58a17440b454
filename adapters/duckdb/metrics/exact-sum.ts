/** Each part of a whole number up to 2^53 is below 2^27, so that 2^26 of them add up without rounding. */
const PART = 2 ** 27;

/** A sum of whole numbers up to 2^53, in two parts: in any order it is the same, and differences lose nothing. */
export type ExactSum = Float64Array;

export function exactSum(): ExactSum {
  return new Float64Array(2);
}

/** SQL of both parts of a whole number that may be larger than 2^53. */
export function partsSql(whole: string, name: string): string {
  return `((${whole}) // ${String(PART)})::DOUBLE AS "${name}High", ((${whole}) % ${String(PART)})::DOUBLE AS "${name}Low"`;
}

export function addUnits(sum: ExactSum, units: number): void {
  const high = Math.floor(units / PART);
  addParts(sum, high, units - high * PART);
}

/** Adds another sum, or takes it away. */
export function addSum(sum: ExactSum, by: ExactSum, sign: 1 | -1): void {
  addParts(sum, sign * (by[0] ?? 0), sign * (by[1] ?? 0));
}

/** Two sums together, rounded once. */
export function numberOf(first: ExactSum, second: ExactSum = NOTHING): number {
  return ((first[0] ?? 0) + (second[0] ?? 0)) * PART + ((first[1] ?? 0) + (second[1] ?? 0));
}

const NOTHING = exactSum();

function addParts(sum: ExactSum, high: number, low: number): void {
  sum[0] = (sum[0] ?? 0) + high;
  sum[1] = (sum[1] ?? 0) + low;
}

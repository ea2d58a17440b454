/** Each part of a whole number up to 2^53 is below 2^27, so that 2^26 of them add up without rounding. */
const PART = 2 ** 27;

/** A sum of whole numbers up to 2^53, in two parts: in any order it is the same, and differences lose nothing. */
export interface ExactSum {
  high: number;
  low: number;
}

export function exactSum(): ExactSum {
  return { high: 0, low: 0 };
}

/** SQL of both parts of a whole number that may be larger than 2^53. */
export function partsSql(whole: string, name: string): string {
  return `((${whole}) // ${String(PART)})::DOUBLE AS "${name}High", ((${whole}) % ${String(PART)})::DOUBLE AS "${name}Low"`;
}

export function addUnits(sum: ExactSum, units: number): void {
  const high = Math.floor(units / PART);
  sum.high += high;
  sum.low += units - high * PART;
}

export function addSum(sum: ExactSum, by: ExactSum): void {
  sum.high += by.high;
  sum.low += by.low;
}

export function takeAway(sum: ExactSum, by: ExactSum): void {
  sum.high -= by.high;
  sum.low -= by.low;
}

export function numberOf({ high, low }: ExactSum): number {
  return high * PART + low;
}

/** Both together, rounded once. */
export function numberOfBoth(first: ExactSum, second: ExactSum): number {
  return (first.high + second.high) * PART + (first.low + second.low);
}

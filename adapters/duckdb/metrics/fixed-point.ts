/** Terms of a sum are below 32, so that with 58 binary places each of them fits into a BIGINT. */
const PLACES = 58;
/** Terms that may be larger, or that cancel, are held in a HUGEINT: below 4, and 2^32 of them fit. */
const FINE_PLACES = 90;

/**
 * A sum of fractions as a whole number of 2^-58: adding whole numbers gives the same in any order and with any number of
 * threads, which adding doubles does not. Each term is off by at most 2^-59; a sum over ten million terms by 2e-11.
 */
export function unitsOf(term: string): string {
  return `sum(round((${term}) * ${String(2 ** PLACES)})::BIGINT)`;
}

/** A sum of `unitsOf` as a fraction. */
export function fractionOf(units: string): string {
  return `((${units})::DOUBLE / ${String(2 ** PLACES)})`;
}

/** The sum of terms of absolute value below 4 as a fraction, exact in any order and to 2^-91 a term. */
export function fineSum(term: string): string {
  return `(sum(round((${term}) * ${powerOfTwo(FINE_PLACES)})::HUGEINT)::DOUBLE / ${powerOfTwo(FINE_PLACES)})`;
}

/** An exact power of two as a DOUBLE of SQL. A power is a product of powers that a decimal text holds exactly. */
export function powerOfTwo(exponent: number): string {
  return `pow(2::DOUBLE, ${String(exponent)})`;
}

/** The smallest power of two that is above a number; 1 where it is 0. */
export function exponentAbove(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(value)) + 1;
}

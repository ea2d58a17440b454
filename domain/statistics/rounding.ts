const SIGNIFICANT_DIGITS = 12;

/** A number with 12 significant digits: enough for every decision, and free of the last bits that summing order leaves. */
export function roundNumber(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** The same plain value with every fraction in it rounded; counts and digests stay. Throws on NaN and Infinity. */
export function roundNumbers<T>(value: T): T {
  return roundAny(value) as T;
}

function roundAny(value: unknown): unknown {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('a number in evidence is not finite');
    return Number.isInteger(value) ? value : roundNumber(value);
  }
  if (Array.isArray(value)) return value.map(roundAny);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, roundAny(inner)]));
  }
  return value;
}

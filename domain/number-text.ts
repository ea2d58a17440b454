const HYPHEN_BEFORE_NUMBER = /(^|[\s([{]|\de)-(?=[\d.])/g;

/**
 * A text for people with the minus sign of typography before its numbers, so that page, terminal and cards write them
 * alike. Hyphens of dates, ranges, names and commands stay.
 */
export function withMinusSigns(text: string): string {
  return text.replaceAll(HYPHEN_BEFORE_NUMBER, '$1−');
}

/** Limits and small tolerances as they were written, without the noise behind the fourth digit. */
export function formatNumber(value: number): string {
  const rounded = Number(value.toPrecision(4));
  const text = Math.abs(rounded) >= 1000 ? rounded.toLocaleString('en-US') : String(rounded);
  return text.replaceAll('-', '−');
}

/** A whole number with thousands separators, whatever the machine's language. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US').replace('-', '−');
}

/** `1 row`, `16,530 rows`. */
export function countOf(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Enough of a digest for a person, and accepted wherever a digest is asked for. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

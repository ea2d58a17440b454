const HYPHEN_BEFORE_NUMBER = /(^|[\s([{]|\de)-(?=[\d.])/g;

/**
 * A text for people with the minus sign of typography before its numbers, so that page, terminal and cards write them
 * alike. Hyphens of dates, ranges, names and commands stay.
 */
export function withMinusSigns(text: string): string {
  return text.replaceAll(HYPHEN_BEFORE_NUMBER, '$1−');
}

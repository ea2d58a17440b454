/** A half-open interval of UTC time: `start` is included, `end` is not. Both are ISO instants ending in `Z`. */
export interface Window {
  readonly start: string;
  readonly end: string;
}

/**
 * For people, the one way in every page, card, message and terminal: whole days by their first and last one, both included,
 * `2001-04-01 to 2001-04-28`; anything else as `2001-04-01T06:00Z to before 2001-04-01T12:00Z`.
 */
export function formatWindow({ start, end }: Window): string {
  if (!isMidnight(start) || !isMidnight(end)) return `${toMinute(start)} to before ${toMinute(end)}`;
  const first = start.slice(0, 10);
  const last = new Date(Date.parse(end) - 1).toISOString().slice(0, 10);
  return first === last ? first : `${first} to ${last}`;
}

function isMidnight(instant: string): boolean {
  return instant.endsWith('T00:00:00.000Z');
}

/** Seconds only where there are any. */
function toMinute(instant: string): string {
  return instant.replace(/(:00)?\.000Z$/, 'Z');
}

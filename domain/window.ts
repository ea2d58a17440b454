/** A half-open interval of UTC time: `start` is included, `end` is not. Both are ISO instants ending in `Z`. */
export interface Window {
  readonly start: string;
  readonly end: string;
}

/** The same where days stand beside instants and other windows: `2001-04-01 to before 2001-04-29`. */
export function formatHalfOpen({ start, end }: Window): string {
  const short = (instant: string) => (instant.includes('T00:00:00') ? instant.slice(0, 10) : instant);
  return `${short(start)} to before ${short(end)}`;
}

/** For reading: whole days as `2001-04-01 to 2001-04-28`, the last day included; anything else as instants. */
export function formatWindow(window: Window): string {
  const isDays = window.start.includes('T00:00:00') && window.end.includes('T00:00:00');
  if (!isDays) return `${window.start} to ${window.end}`;
  const last = new Date(Date.parse(window.end) - 1).toISOString().slice(0, 10);
  const first = window.start.slice(0, 10);
  return first === last ? first : `${first} to ${last}`;
}

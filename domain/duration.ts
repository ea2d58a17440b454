const UNIT_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
type Unit = keyof typeof UNIT_MS;

/** Units from the longest to the shortest, for writing a length with the longest one that divides it. */
const UNITS: readonly Unit[] = ['week', 'day', 'hour', 'minute', 'second'];

/**
 * Milliseconds of `'1 day'`, `'28 days'`, `'72 hours'` …; null when the text is not a whole number and a unit. Months and
 * years are left out because their length depends on the calendar.
 */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d{1,9})\s*(second|minute|hour|day|week)s?\s*$/.exec(text);
  if (match?.[1] === undefined) return null;
  return Number(match[1]) * UNIT_MS[match[2] as Unit];
}

/** The same length for reading, in the longest unit that divides it: `259200000` is `3 days`. */
export function formatDuration(ms: number): string {
  const unit = UNITS.find(
    (name) => ms !== 0 && ms % UNIT_MS[name] === 0 && !(name === 'week' && ms < 2 * UNIT_MS.week),
  );
  if (unit === undefined) return `${String(ms)} ms`;
  const count = ms / UNIT_MS[unit];
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}

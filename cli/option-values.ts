import { PermanentFailure } from '../domain/failure-types.js';

/** Reads a count of things to show. Throws INVALID_INPUT naming the option. */
export function parseCount(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && value <= 1_000_000) return value;
  throw invalidOption(option, text, 'a whole number above zero', `${option} 20`);
}

/** Reads a UTC date or instant and gives it back as it was written. Throws INVALID_INPUT naming the option. */
export function parseInstant(option: string, text: string): string {
  const isShaped = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text);
  const isReal = isShaped && new Date(text).toString() !== 'Invalid Date' && isSameDay(text);
  if (isReal) return text;
  const expected = 'a UTC date or instant such as 2001-03-05 or 2001-03-05T12:00:00Z';
  throw invalidOption(option, text, expected, `${option} 2001-03-05`);
}

/** `2001-02-30` parses as a day in March; it is no date. */
function isSameDay(text: string): boolean {
  return new Date(text).toISOString().slice(0, 10) === text.slice(0, 10);
}

/** The failure for an option whose value does not fit. */
export function invalidOption(option: string, found: string, expected: string, example: string): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', `${option} cannot be used like this.`, {
    problems: [{ field: option, found: JSON.stringify(found), expected }],
    example,
  });
}

import { z } from 'zod';
import { parseDuration } from '../domain/duration.js';

/** A length of time as people write it, in milliseconds afterwards. */
export const duration = z.string('a duration such as "1 day", "28 days" or "72 hours"').transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'a duration such as "1 day", "28 days" or "72 hours"' });
  return z.NEVER;
});

/** A length that something repeats by, so that nothing takes no time. */
export const positiveDuration = duration.refine((ms) => ms > 0, 'a duration longer than nothing, such as "1 day"');

/** A UTC date or instant, an ISO instant afterwards. */
export const instant = z
  .string('a UTC date or instant such as "2001-02-01"')
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/, {
    error: 'a UTC date or instant such as "2001-02-01"',
    abort: true,
  })
  .refine((text) => !Number.isNaN(Date.parse(text)), 'a date that exists')
  .transform((text) => new Date(text).toISOString());

export const text = (expected: string) => z.string(expected).trim().min(1, expected);
export const column = text('the name of a column');
export const share = (expected: string) => z.number(expected).min(0, expected).max(1, expected);
export const count = (least: number) => {
  const expected = `a whole number of at least ${String(least)}`;
  return z.int(expected).min(least, expected);
};
export const atLeast = (least: number) => {
  const expected = `a number of at least ${String(least)}`;
  return z.number(expected).min(least, expected);
};

/** Five cron fields; a schedule that is switched off is `null`. */
export const cron = z
  .string('a cron expression of five fields such as "0 0 * * *", or null')
  .trim()
  .regex(/^(\S+\s+){4}\S+$/, 'a cron expression of five fields such as "0 0 * * *", or null')
  .nullable();

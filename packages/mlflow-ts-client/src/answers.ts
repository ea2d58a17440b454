import { z } from 'zod';

/** int64 fields come as numbers from today's servers and as strings from others. */
export const whole = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);

/** Doubles that JSON cannot hold come as words. */
export const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);

/** `[{ key, value }]` as a record; MLflow leaves empty lists and empty values out. */
export const keyValues = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((list): Readonly<Record<string, string>> =>
    Object.fromEntries(list.map((item) => [item.key, item.value])),
  );

/** An empty token means the last page, like a missing one. */
export const pageToken = z
  .string()
  .optional()
  .transform((token) => (token === undefined || token === '' ? null : token));

/** Answers without content: `{}`, whatever else it holds. */
export const nothing = z.object({}).transform((): void => undefined);

/** A record as the `[{ key, value }]` that requests take. */
export function toKeyValues(record: Readonly<Record<string, string>> | undefined): { key: string; value: string }[] {
  return Object.entries(record ?? {}).map(([key, value]) => ({ key, value }));
}

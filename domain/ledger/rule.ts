import type { Problem } from '../failure-types.js';

/** One rule: nothing when it holds, else what was found and what would have been right. */
export function must(holds: boolean, field: string, found: string, expected: string): Problem | null {
  return holds ? null : { field, found, expected };
}

/** The rules that do not hold. */
export function problemsOf(...rules: readonly (Problem | null)[]): readonly Problem[] {
  return rules.filter((rule) => rule !== null);
}

/** A digest or id as it stands in a message. */
export function shown(value: string | number | null | undefined): string {
  return value === null || value === undefined ? 'none' : String(value);
}

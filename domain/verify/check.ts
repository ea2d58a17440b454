import type { Problem } from '../failure-types.js';

/** One invariant: how many things were looked at, and everything that breaks it. No problems means it holds. */
export interface VerifyCheck {
  /** The rule as a sentence. */
  readonly name: string;
  readonly checked: number;
  readonly problems: readonly Problem[];
}

/** Looks at every item of a kind with one rule. */
export function checkEach<T>(
  name: string,
  items: readonly T[],
  findProblems: (item: T) => readonly Problem[],
): VerifyCheck {
  return { name, checked: items.length, problems: items.flatMap(findProblems) };
}

/** Whether nothing was found to be wrong. */
export function isClean(checks: readonly VerifyCheck[]): boolean {
  return checks.every((check) => check.problems.length === 0);
}

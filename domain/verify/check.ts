import type { Problem } from '../failure-types.js';

/** A record of a ledger that cannot be trusted: which, what is wrong, and what to do about it. */
export interface BadRecord {
  readonly number: number;
  readonly wrong: string;
  readonly advice: string;
}

/** One invariant: how many things were looked at, and everything that breaks it. No problems means it holds. */
export interface VerifyCheck {
  /** The rule as a sentence. */
  readonly name: string;
  readonly checked: number;
  readonly problems: readonly Problem[];
  /** The first record that breaks it, where the rule is about single records of the ledger. */
  readonly badRecord?: BadRecord;
  /** The check was not made: it needs the whole ledger, and the ledger cannot be trusted to its end. */
  readonly isOpen?: true;
}

/** A check that was not made. It found nothing, and that says nothing. */
export function leaveOpen({ name }: VerifyCheck): VerifyCheck {
  return { name, checked: 0, problems: [], isOpen: true };
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

/** The first record of the ledger that any check complains about; null when all of them can be trusted. */
export function firstBadRecord(checks: readonly VerifyCheck[]): BadRecord | null {
  const found = checks.flatMap(({ badRecord }) => badRecord ?? []);
  return found.reduce<BadRecord | null>(
    (first, bad) => (first === null || bad.number < first.number ? bad : first),
    null,
  );
}

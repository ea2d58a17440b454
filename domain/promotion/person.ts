import type { Actor } from '../ledger/record.js';

/** Names are compared without regard to case and surrounding space, so that nobody is two people. */
export function isSamePerson(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}

/** The same name, or the same key under another name. */
export function isSameApprover(a: SignedBy, b: SignedBy): boolean {
  return isSamePerson(a.by, b.by) || (a.key !== undefined && a.key === b.key);
}

/** The person who asked for a promotion; null when it was a schedule or another run. */
export function requesterOf({ openedBy }: { readonly openedBy: Actor }): string | null {
  return openedBy.kind === 'person' ? openedBy.name : null;
}

interface SignedBy {
  readonly by: string;
  readonly key?: string;
}

function normalName(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

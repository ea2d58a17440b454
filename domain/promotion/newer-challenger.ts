import type { ApprovalPolicy } from './approval-policy.js';

/** A start that finds another promotion open and alive. Record numbers say which version was registered later. */
export interface Arrival {
  readonly policy: ApprovalPolicy['newerChallenger'];
  /** What is open. */
  readonly open: { readonly modelDigest: string; readonly registeredNumber: number; readonly isChanged: boolean };
  /** What is wanted; null when no version is eligible. */
  readonly wanted: { readonly modelDigest: string; readonly registeredNumber: number } | null;
}

/**
 * What becomes of a start while another promotion is open: it ends, waits until the other is closed, or has the other
 * stopped first. The version that is open already is never tried a second time beside itself. Only a newer version
 * supersedes, and only while the champion is unchanged: what serves already is finished or rolled back, not cut off.
 */
export function decideArrival({ policy, open, wanted }: Arrival): 'refuse' | 'queue' | 'supersede' {
  if (policy === 'refuse' || wanted === null || wanted.modelDigest === open.modelDigest) return 'refuse';
  const isNewer = wanted.registeredNumber > open.registeredNumber;
  return policy === 'supersede' && isNewer && !open.isChanged ? 'supersede' : 'queue';
}

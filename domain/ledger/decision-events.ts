/** Why a decision did not count. */
export const decisionRefusals = [
  /** The champion has changed in the promotion's name: only a rollback takes that back. */
  'after-change',
  /** The promotion is over. */
  'after-end',
  /** A decision before it is final. */
  'already-decided',
  /** At the deadline or later. */
  'after-deadline',
  /** It names an earlier report of this promotion, which is void. */
  'old-report',
  /** It names another report, or none. */
  'other-report',
  'no-reason',
  /** The definition cannot be read now, so nobody knows who may decide. */
  'policy-unreadable',
  /** A decision with this nonce is in the ledger already. */
  'replayed',
  /** Not named by the policy, or not any more. */
  'unknown-approver',
  'bad-signature',
  /** Without a signature, where the policy asks for one. */
  'unsigned',
  /** Approved by whoever opened the promotion. */
  'requester',
  /** Approved by whoever trained the challenger. */
  'trainer',
  /** The same person has approved this report before. */
  'twice',
  /** The ledger itself would not take it. */
  'ledger-rule',
] as const;

export type DecisionRefusal = (typeof decisionRefusals)[number];

/**
 * A person's decision arrived; `accepted` says whether it counted and `note` why not. What is optional is left out by
 * records from before decisions were signed.
 */
export interface DecisionReceived {
  readonly type: 'decision-received';
  readonly promotionId: string;
  readonly decision: 'approve' | 'reject' | 'abort';
  readonly by: string;
  /** What the person named; null for abort, which needs none. */
  readonly reportDigest: string | null;
  readonly accepted: boolean;
  readonly note: string;
  /** Present when it did not count. */
  readonly refusal?: DecisionRefusal;
  /** `verified`: its signature is that of the named approver's key. `claimed`: nobody vouches for the name. */
  readonly identity?: 'verified' | 'claimed';
  /** sha256 of the raw public key that the signature was checked with. */
  readonly key?: string;
  readonly nonce?: string;
  /** Ed25519 in base64; see `contracts/approval-signature.ts` for what it covers. */
  readonly signature?: string;
  /** What the server says about who sent the signal, where it says anything. */
  readonly principal?: string;
  /** When the server had the signal: it is judged by this, however late it is read. Left out where nobody can tell. */
  readonly receivedAt?: string;
  /** How many different people had to approve when this was judged. */
  readonly quorum?: number;
  /** The definition whose approval policy judged it. */
  readonly definitionDigest?: string;
}

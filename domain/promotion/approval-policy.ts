export interface ApprovalPolicy {
  readonly deadlineMs: number;
  /** A report older than this can no longer be approved. */
  readonly reportMaxAgeMs: number;
  /**
   * What happens when another challenger wants to start while a promotion is open: it ends, waits until the open one is
   * closed, or has it stopped first where it is newer. Once the champion has changed it waits in either case.
   */
  readonly newerChallenger: 'refuse' | 'queue' | 'supersede';
  /** How many different people have to approve, 1 or more. */
  readonly quorum: number;
  /** Who may approve and reject; empty: whoever may send a signal. */
  readonly approvers: readonly Approver[];
  /** Whether a decision without a signature counts; the name that it gives is then only claimed. */
  readonly unsigned: 'accept' | 'refuse';
}

/** Somebody who may decide, and the key that proves it. */
export interface Approver {
  readonly name: string;
  /** The 32 bytes of an Ed25519 public key in base64. */
  readonly publicKey: string;
}

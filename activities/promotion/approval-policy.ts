import { PermanentFailure } from '../../domain/failure-types.js';
import type { ApprovalPolicy } from '../../domain/promotion/approval-policy.js';
import type { Definitions } from '../ports/definitions.js';

/** The approval policy as it stands now, with the digest of the definition that it is part of. */
export interface CurrentPolicy extends ApprovalPolicy {
  readonly definitionDigest: string;
}

/**
 * The policy of the definition as it is written now, not as a run pinned it: who was taken out of it may not decide any
 * more. Null while the definition cannot be read, as in the middle of an edit.
 */
export async function loadCurrentPolicy(definitions: Definitions, pipeline: string): Promise<CurrentPolicy | null> {
  try {
    const { definition, digest } = await definitions.load(pipeline);
    return { ...definition.approval, definitionDigest: digest };
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

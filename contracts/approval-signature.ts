import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { ParsedDecision } from '../domain/promotion/decision-message.js';
import { canonicalJson } from './digest.js';

/** What a signature covers: the decision, what it is about, and a nonce so that it counts once. */
export interface SignedDecision {
  readonly pipeline: string;
  readonly promotionId: string;
  /** The full digest of the report; null for an abort that names none. */
  readonly reportDigest: string | null;
  readonly decision: ParsedDecision['decision'];
  /** The approver's name as it stands in the message, without surrounding space. */
  readonly by: string;
  /** Without surrounding space; empty when none is given. */
  readonly reason: string;
  readonly nonce: string;
}

/** The bytes that are signed: canonical JSON (RFC 8785) of exactly these fields. */
export function signedBytes(decision: SignedDecision): Uint8Array {
  const { pipeline, promotionId, reportDigest, decision: verb, by, reason, nonce } = decision;
  const covered = { pipeline, promotionId, reportDigest, decision: verb, by, reason, nonce };
  return new TextEncoder().encode(canonicalJson(covered));
}

/** The signature in base64. */
export function signDecision(decision: SignedDecision, privateKey: KeyObject): string {
  return sign(null, signedBytes(decision), privateKey).toString('base64');
}

/** Whether the signature is that of this public key over this decision. A key or signature that is none holds for nothing. */
export function isSignatureOf(publicKey: string, decision: SignedDecision, signature: string): boolean {
  const key = parsePublicKey(publicKey);
  return key !== null && verify(null, signedBytes(decision), key, Buffer.from(signature, 'base64'));
}

/** A public key as policies have it: 32 bytes in base64, spelled in the one way there is. Null for anything else. */
export function parsePublicKey(text: string): KeyObject | null {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return null;
  const x = bytes.toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** The public key that belongs to a private one, as policies have it. */
export function publicKeyOf(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}

/** sha256 of the raw public key: what the ledger names a key by. */
export function fingerprintOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
}

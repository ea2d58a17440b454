import { createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { publicKeyOf, signDecision } from '../contracts/approval-signature.js';
import type { OpenPromotion } from '../domain/ledger/state.js';
import type { Approver } from '../domain/promotion/approval-policy.js';
import type { ParsedDecision } from '../domain/promotion/decision-message.js';
import type { DecisionMessage } from '../workflows/api.js';
import { invalidOption } from './option-values.js';
import { shortDigest } from './text-table.js';

/** A private key of an approver, read from a file that `gauntlet keygen` wrote. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

/** Throws INVALID_INPUT naming the file when it is not an unencrypted Ed25519 private key. */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const expected = 'a file with an Ed25519 private key in PEM, as `gauntlet keygen` writes it';
  const example = '--key ada.approval-key.pem';
  const pem = await readFile(file, 'utf8').catch(() => null);
  if (pem === null) throw invalidOption('--key', file, expected, example);
  const privateKey = parsePrivateKey(pem);
  if (privateKey === null) throw invalidOption('--key', file, expected, example);
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

function parsePrivateKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** Whose key it is by the policy at hand; null when it is nobody's there. */
export function ownerOf(key: SigningKey, approvers: readonly Approver[]): string | null {
  return approvers.find(({ publicKey }) => publicKey === key.publicKey)?.name ?? null;
}

/** The message with the whole digest, a nonce of its own and the signature over all of it. */
export function signMessage(
  key: SigningKey,
  decision: ParsedDecision['decision'],
  { pipeline, promotion }: { readonly pipeline: string; readonly promotion: OpenPromotion },
  message: DecisionMessage,
): DecisionMessage {
  const reportDigest = message.reportDigest === undefined ? null : wholeDigest(message.reportDigest, promotion);
  const nonce = randomBytes(18).toString('base64url');
  const by = message.by.trim();
  const reason = message.reason?.trim() ?? '';
  const { promotionId } = promotion;
  const signature = signDecision({ pipeline, promotionId, reportDigest, decision, by, reason, nonce }, key.privateKey);
  return { ...message, by, reason, ...(reportDigest === null ? {} : { reportDigest }), nonce, signature };
}

/** A signature covers the whole digest, so the beginning of one has to be that of a report of this promotion. */
function wholeDigest(named: string, { report, looks }: OpenPromotion): string {
  const prefix = named.trim().toLowerCase();
  const known = [report, ...looks].flatMap((each) => (each === null ? [] : [each.reportDigest]));
  const found = known.findLast((digest) => digest.startsWith(prefix));
  if (found !== undefined) return found;
  if (prefix.length === 64) return prefix;
  const expected =
    known.length === 0
      ? 'a whole digest: no report is there yet'
      : `the beginning of ${known.map(shortDigest).join(' or ')}`;
  throw invalidOption('--report', named, expected, `--report ${shortDigest(known.at(-1) ?? '<digest>')}`);
}

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** The package exports the function itself, while its types declare a default export. */
const serialize = canonicalize as unknown as (value: unknown) => string | undefined;

/** RFC 8785 canonical JSON: the same value gives the same bytes. `undefined` fields are left out; NaN and Infinity throw. */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form has no canonical JSON');
  return text;
}

/** sha256 as 64 hex characters. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of a value: sha256 of its canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

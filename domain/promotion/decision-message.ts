/** A person's message as it stands after parsing. Fields nobody sent are null. */
export interface ParsedDecision {
  readonly decision: 'approve' | 'reject' | 'abort';
  readonly by: string;
  /** Full digest or a prefix of at least 8 characters, lower case; null when none was named. */
  readonly reportDigest: string | null;
  readonly reason: string;
  /** A text that no other decision has, so that this one counts once; null for a decision without a signature. */
  readonly nonce: string | null;
  /** Ed25519 in base64, over what `contracts/approval-signature.ts` says. */
  readonly signature: string | null;
}

/** A message together with its place among the signals of its name that a run has heard, from 1. */
export interface HeardDecision extends ParsedDecision {
  readonly signalIndex: number;
}

export type DecisionParse =
  | { readonly ok: true; readonly message: ParsedDecision }
  | { readonly ok: false; readonly problems: readonly string[] };

const fields = ['by', 'reportDigest', 'reason', 'nonce', 'signature'];

/**
 * Parses a signal's payload without ever throwing: it comes from people, unparsed. `approve` and `reject` must name the
 * report they saw; `abort` needs only a name. A signature comes with the nonce that it covers.
 */
export function parseDecision(decision: ParsedDecision['decision'], payload: unknown): DecisionParse {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return {
      ok: false,
      problems: [`the payload is ${describe(payload)}, expected one JSON object like ${exampleDecision(decision)}`],
    };
  }
  const value = payload as Readonly<Record<string, unknown>>;
  const problems = [
    ...unknownFields(value),
    ...textProblem(value, 'by', true),
    ...textProblem(value, 'reason', false),
    ...digestProblem(value, decision),
    ...signatureProblems(value),
  ];
  if (problems.length > 0) return { ok: false, problems: [...problems, `example: ${exampleDecision(decision)}`] };
  return {
    ok: true,
    message: {
      decision,
      by: String(value['by']).trim(),
      reportDigest: typeof value['reportDigest'] === 'string' ? value['reportDigest'].trim().toLowerCase() : null,
      reason: typeof value['reason'] === 'string' ? value['reason'].trim() : '',
      nonce: typeof value['nonce'] === 'string' ? value['nonce'] : null,
      signature: typeof value['signature'] === 'string' ? value['signature'] : null,
    },
  };
}

/** A payload that would be accepted, for error messages. */
export function exampleDecision(decision: ParsedDecision['decision']): string {
  const digest = decision === 'abort' ? {} : { reportDigest: '0123abcd' };
  return JSON.stringify({ ...digest, by: 'your name', reason: 'why' });
}

function unknownFields(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value)
    .filter((key) => !fields.includes(key))
    .slice(0, fields.length)
    .map((key) => `unknown field "${key.slice(0, 40)}", expected only ${fields.join(', ')}`);
}

function textProblem(value: Readonly<Record<string, unknown>>, field: string, required: boolean): string[] {
  const found = value[field];
  if (found === undefined && !required) return [];
  const fits = typeof found === 'string' && found.trim().length > 0 && found.length <= 2000;
  return fits ? [] : [`"${field}" is ${describe(found)}, expected text`];
}

function digestProblem(value: Readonly<Record<string, unknown>>, decision: ParsedDecision['decision']): string[] {
  const found = value['reportDigest'];
  if (found === undefined && decision === 'abort') return [];
  const fits = typeof found === 'string' && /^[0-9a-f]{8,64}$/i.test(found.trim());
  return fits
    ? []
    : [`"reportDigest" is ${describe(found)}, expected at least the first 8 characters of the report's digest`];
}

/** 64 bytes in base64 end in two signs of padding. */
const signaturePattern = /^[A-Za-z0-9+/]{86}==$/;
const noncePattern = /^[A-Za-z0-9_-]{16,64}$/;

function signatureProblems(value: Readonly<Record<string, unknown>>): string[] {
  const { nonce, signature } = value;
  const isSigned = signature !== undefined;
  const problems: string[] = [];
  if (isSigned && !(typeof signature === 'string' && signaturePattern.test(signature)))
    problems.push(`"signature" is ${describe(signature)}, expected an Ed25519 signature of 64 bytes in base64`);
  if ((isSigned || nonce !== undefined) && !(typeof nonce === 'string' && noncePattern.test(nonce)))
    problems.push(
      `"nonce" is ${describe(nonce)}, expected 16 to 64 letters, digits, - or _ that were never used before`,
    );
  return problems;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

import { z } from 'zod';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';
import type { LedgerEntry, LedgerHead, LedgerRecord } from '../domain/ledger/record.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import { canonicalJson, sha256Hex } from './digest.js';
import { instantSchema, ledgerEventSchema } from './ledger-events.js';

const ledgerRecordSchema: z.ZodType<LedgerRecord> = z.strictObject({
  schemaVersion: z.literal(1),
  pipeline: z.string().min(1),
  number: z.int().positive(),
  previousHash: z.string().length(64).nullable(),
  recordId: z.string().min(1),
  at: instantSchema,
  actor: z.strictObject({ name: z.string().min(1), kind: z.enum(['person', 'schedule', 'workflow']) }),
  reason: z.string(),
  workflow: z.strictObject({ workflowId: z.string(), runId: z.string() }).nullable(),
  event: ledgerEventSchema,
});

/** Where a record stands in the store: eight digits, so that names sort by number. */
export function ledgerRecordPath(pipeline: string, number: number): string {
  return `${ledgerFolder(pipeline)}/${String(number).padStart(8, '0')}.json`;
}

/** Holds one folder for each pipeline that has a ledger. */
export const ledgersFolder = 'ledger';

export function ledgerFolder(pipeline: string): string {
  return `${ledgersFolder}/${pipeline}`;
}

/** Gives an entry its place behind `head`, and the exact bytes of its file: canonical JSON and a line end. */
export function sealRecord(
  pipeline: string,
  head: LedgerHead,
  entry: LedgerEntry,
): ChainedRecord & { readonly bytes: string } {
  const record: LedgerRecord = {
    ...entry,
    schemaVersion: 1,
    pipeline,
    number: head.number + 1,
    previousHash: head.hash,
  };
  const text = canonicalJson(record);
  assertReadable(record);
  return { record, hash: sha256Hex(text), bytes: `${text}\n` };
}

/** Refuses to write what could not be read back. A bug of ours, so it is not one of the permanent failures of users. */
function assertReadable(record: LedgerRecord): void {
  const parsed = ledgerRecordSchema.safeParse(record);
  if (!parsed.success) {
    throw new PermanentFailure('INVALID_INPUT', `the ledger does not take this ${record.event.type} record`, {
      problems: problemsIn(parsed.error, record),
    });
  }
}

/**
 * Reads a record back and checks its place in the chain. Throws LEDGER_CORRUPT naming the record and every field that
 * is wrong: bytes that are not JSON, not canonical, of an unknown form, or not behind `previous`.
 */
export function openRecord(args: {
  readonly pipeline: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly previous: LedgerHead;
}): ChainedRecord {
  const where = ledgerRecordPath(args.pipeline, args.number);
  const text = new TextDecoder().decode(args.bytes);
  const value = parseJson(where, args.number, text);
  const parsed = ledgerRecordSchema.safeParse(value);
  if (!parsed.success) throw ledgerCorrupt(where, args.number, problemsIn(parsed.error, value));
  const problems = findPlaceProblems(parsed.data, text, args);
  if (problems.length > 0) throw ledgerCorrupt(where, args.number, problems);
  return { record: parsed.data, hash: sha256Hex(canonicalJson(parsed.data)) };
}

/** What a record says, wherever it stands and whether or not it can be trusted; null where it cannot be read at all. */
export function readUntrusted(bytes: Uint8Array): LedgerRecord | null {
  try {
    return ledgerRecordSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null;
  } catch {
    return null;
  }
}

/** The failure for a record that cannot be trusted; `advice` says in full sentences what to do about it. */
export function ledgerCorrupt(
  path: string,
  number: number,
  problems: readonly Problem[],
  advice?: string,
): PermanentFailure {
  const sentence = `ledger record ${String(number)} (${path}) cannot be trusted`;
  return new PermanentFailure('LEDGER_CORRUPT', advice === undefined ? sentence : `${sentence}. ${advice}`, {
    problems,
  });
}

function parseJson(where: string, number: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : 'an unreadable text';
    throw ledgerCorrupt(where, number, [{ field: 'record', found, expected: 'one JSON object' }]);
  }
}

function findPlaceProblems(
  record: LedgerRecord,
  text: string,
  place: { readonly pipeline: string; readonly number: number; readonly previous: LedgerHead },
): readonly Problem[] {
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['pipeline', record.pipeline, place.pipeline],
    ['number', record.number, place.number],
    ['previousHash', record.previousHash, place.previous.hash],
  ];
  const wrong = facts
    .filter(([, found, expected]) => found !== expected)
    .map(([field, found, expected]) => ({ field, found: String(found), expected: String(expected) }));
  if (wrong.length > 0 || text === `${canonicalJson(record)}\n`) return wrong;
  return [{ field: 'record', found: 'other bytes than its canonical JSON', expected: 'canonical JSON and a line end' }];
}

function problemsIn(error: z.ZodError, value: unknown): readonly Problem[] {
  return error.issues.map((issue) => ({
    field: issue.path.length === 0 ? 'record' : issue.path.join('.'),
    found: render(valueAt(value, issue.path)),
    expected: issue.message,
  }));
}

function render(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

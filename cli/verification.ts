import { ledgerRecordPath } from '../contracts/ledger-record.js';
import type { Problem } from '../domain/failure-types.js';
import { firstBadRecord, isClean, type BadRecord, type VerifyCheck } from '../domain/verify/check.js';
import { countOf, formatCount, renderFields, renderTable } from './text-table.js';

/** The outcome of all checks of one pipeline. */
export interface Verification {
  readonly pipeline: string;
  readonly clean: boolean;
  readonly checked: number;
  readonly problems: number;
  /** Null while every record of the ledger can be trusted. */
  readonly firstBadRecord: (BadRecord & { readonly file: string }) | null;
  readonly checks: readonly (VerifyCheck & { readonly holds: boolean })[];
}

export function composeVerification(pipeline: string, checks: readonly VerifyCheck[]): Verification {
  const bad = firstBadRecord(checks);
  return {
    pipeline,
    clean: isClean(checks),
    checked: checks.reduce((sum, { checked }) => sum + checked, 0),
    problems: checks.reduce((sum, { problems }) => sum + problems.length, 0),
    firstBadRecord: bad === null ? null : { ...bad, file: ledgerRecordPath(pipeline, bad.number) },
    checks: checks.map((check) => ({ ...check, holds: check.problems.length === 0 })),
  };
}

/** Every check with its count, then every problem in full, then one sentence. */
export function renderVerification(verification: Verification): string {
  const { pipeline, checks } = verification;
  const rows = checks.map(({ holds, checked, name }) => [holds ? 'holds' : 'BROKEN', formatCount(checked), name]);
  const table = renderTable(['', { title: 'checked', align: 'right' }, 'rule'], rows);
  const broken = checks.filter(({ holds }) => !holds);
  const problems = broken.map(({ name, problems: found }) => [name, ...found.map(problemLine)].join('\n'));
  const first = verification.firstBadRecord === null ? [] : [badRecordText(verification.firstBadRecord)];
  return [`Verification of ${pipeline}`, table, ...problems, ...first, conclusion(verification)].join('\n\n');
}

function badRecordText({ number, file, wrong, advice }: BadRecord & { readonly file: string }): string {
  const fields = renderFields([
    ['file', file],
    ['wrong', wrong],
    ['to do', advice],
  ]);
  return `First bad record: ${number}\n${fields}`;
}

function problemLine({ field, found, expected }: Problem): string {
  return `  - ${field}: found ${found}, expected ${expected}`;
}

function conclusion({ pipeline, clean, checked, problems, checks }: Verification): string {
  const looked = `${countOf(checks.length, 'rule')}, ${countOf(checked, 'thing')} looked at`;
  return clean ? `${pipeline} is clean: ${looked}.` : `${pipeline} has ${countOf(problems, 'problem')}: ${looked}.`;
}

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
  /** `holds` is null for a check that was not made, because it needs the whole ledger and that cannot be trusted. */
  readonly checks: readonly (VerifyCheck & { readonly holds: boolean | null })[];
}

export function composeVerification(pipeline: string, checks: readonly VerifyCheck[]): Verification {
  const bad = firstBadRecord(checks);
  return {
    pipeline,
    clean: isClean(checks),
    checked: checks.reduce((sum, { checked }) => sum + checked, 0),
    problems: checks.reduce((sum, { problems }) => sum + problems.length, 0),
    firstBadRecord: bad === null ? null : { ...bad, file: ledgerRecordPath(pipeline, bad.number) },
    checks: checks.map((check) => ({ ...check, holds: check.isOpen === true ? null : check.problems.length === 0 })),
  };
}

/** Every check with its count, then every problem in full, then one sentence. */
export function renderVerification(verification: Verification): string {
  const { pipeline, checks } = verification;
  const rows = checks.map(({ holds, checked, name }) => [wordOf(holds), formatCount(checked), name]);
  const table = renderTable(['', { title: 'checked', align: 'right' }, 'rule'], rows);
  const broken = checks.filter(({ holds }) => holds === false);
  const problems = broken.map(({ name, problems: found }) => [name, ...found.map(problemLine)].join('\n'));
  const first = verification.firstBadRecord === null ? [] : [badRecordText(verification.firstBadRecord)];
  return [
    `Verification of ${pipeline}`,
    table,
    ...problems,
    ...first,
    ...openText(checks),
    conclusion(verification),
  ].join('\n\n');
}

function wordOf(holds: boolean | null): string {
  if (holds === null) return 'open';
  return holds ? 'holds' : 'BROKEN';
}

function openText(checks: Verification['checks']): readonly string[] {
  const open = checks.filter(({ holds }) => holds === null).length;
  if (open === 0) return [];
  const were = open === 1 ? 'was' : 'were';
  return [
    `${countOf(open, 'rule')} ${were} not checked (open): they need the whole ledger. Verify again when the bad record is back.`,
  ];
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
  const made = checks.filter(({ holds }) => holds !== null).length;
  const looked = `${countOf(made, 'rule')}, ${countOf(checked, 'thing')} looked at`;
  return clean ? `${pipeline} is clean: ${looked}.` : `${pipeline} has ${countOf(problems, 'problem')}: ${looked}.`;
}

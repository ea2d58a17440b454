import { formatBounds } from '../adapters/report/format.js';
import type { CheckVerdict, GateCheck } from '../domain/gates/gate-report.js';
import { sayMeasured } from '../domain/gates/measured-text.js';
import { withMinusSigns } from '../domain/number-text.js';
import type { GateMode } from '../domain/gates/gate-rule.js';
import { formatCount, renderTable, type TextColumn } from './text-table.js';

/** A check as far as every version of the report has it. */
type StoredCheck = { readonly name: string; readonly verdict: CheckVerdict; readonly why: string } & Partial<GateCheck>;

const titles: Readonly<Record<GateMode, string>> = {
  enforce: 'Enforced',
  advise: 'Advice, which stops nothing',
  observe: 'Observed, which decides nothing',
};

/** One table for each mode that has checks, the one that decides first. */
export function renderChecks(checks: readonly StoredCheck[], valueUnit: string | null = null): string {
  const modes = Object.keys(titles) as GateMode[];
  const tables = modes.flatMap((mode) => {
    const found = checks.filter((check) => (check.mode ?? 'enforce') === mode);
    return found.length === 0
      ? []
      : [
          `${titles[mode]}\n${renderTable(
            columns,
            found.map((check) => cellsOf(check, valueUnit)),
          )}`,
        ];
  });
  return tables.join('\n\n');
}

const columns: readonly TextColumn[] = [
  { title: 'check' },
  { title: 'verdict' },
  { title: 'value', align: 'right' },
  { title: 'limit', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'why' },
];

function cellsOf(check: StoredCheck, valueUnit: string | null): readonly string[] {
  const { name, verdict, value, interval, limit, rows, why, unit } = check;
  const say = (number: number) => sayMeasured(number, unit === undefined ? {} : { unit }, valueUnit);
  const bounds = (lower: number, upper: number) =>
    unit === undefined ? formatBounds(lower, upper) : `${say(lower)} to ${say(upper)}`;
  const between = interval ? ` (${bounds(interval.lower, interval.upper)})` : '';
  return [
    name,
    verdict,
    value === undefined || value === null ? '–' : `${say(value)}${between}`,
    limit === undefined ? '–' : say(limit),
    rows === undefined ? '–' : formatCount(rows),
    withMinusSigns(why),
  ];
}

import { formatBounds, formatLimit } from '../adapters/report/format.js';
import type { CheckVerdict, GateCheck } from '../domain/gates/gate-report.js';
import { withMinusSigns } from '../domain/number-text.js';
import type { GateMode } from '../domain/pipeline-definition.js';
import { formatCount, renderTable, type TextColumn } from './text-table.js';

/** A check as far as every version of the report has it. */
type StoredCheck = { readonly name: string; readonly verdict: CheckVerdict; readonly why: string } & Partial<GateCheck>;

const titles: Readonly<Record<GateMode, string>> = {
  enforce: 'Enforced',
  advise: 'Advice, which stops nothing',
  observe: 'Observed, which decides nothing',
};

/** One table for each mode that has checks, the one that decides first. */
export function renderChecks(checks: readonly StoredCheck[]): string {
  const modes = Object.keys(titles) as GateMode[];
  const tables = modes.flatMap((mode) => {
    const found = checks.filter((check) => (check.mode ?? 'enforce') === mode);
    return found.length === 0 ? [] : [`${titles[mode]}\n${renderTable(columns, found.map(cellsOf))}`];
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

function cellsOf({ name, verdict, value, interval, limit, rows, why }: StoredCheck): readonly string[] {
  const between = interval ? ` (${formatBounds(interval.lower, interval.upper)})` : '';
  return [
    name,
    verdict,
    value === undefined || value === null ? '–' : `${formatLimit(value)}${between}`,
    limit === undefined ? '–' : formatLimit(limit),
    rows === undefined ? '–' : formatCount(rows),
    withMinusSigns(why),
  ];
}

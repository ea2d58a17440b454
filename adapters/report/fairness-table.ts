import type { GateReport } from '../../domain/gates/gate-report.js';
import type { GroupDecisions, SensitiveGroup } from '../../domain/gates/probes.js';
import { formatCount, formatShare, sliceName } from './format.js';
import { groupedBy } from './grouped.js';
import type { Table } from './table.js';

/** One table for each column, or combination of columns, the largest group first; none where nothing was measured. */
export function fairnessTables({ probes, checks }: Pick<GateReport, 'probes' | 'checks'>): readonly Table[] {
  if (probes.fairness?.status !== 'measured') return [];
  const asked = checks.flatMap(({ spec }) => (spec.check === 'fair' ? [spec] : []));
  const byColumns = groupedBy(probes.fairness.facts.groups, ({ columns }) => columns.join(' × '));
  return [...byColumns].map(([name, members]): Table => {
    const minRows = minRowsOf(asked, members[0]?.columns ?? []);
    const groups = [...members].sort((left, right) => right.rows - left.rows);
    return {
      caption: `Decisions by ${name}, ${formatCount(groups.reduce((sum, { rows }) => sum + rows, 0))} rows`,
      columns: [name, 'Rows', 'Positive', 'Selected', 'Found', 'False alarms'],
      rows: groups.map((group) => groupCells(group, minRows)),
    };
  });
}

interface AskedFairness {
  readonly columns: readonly string[];
  readonly minRows: number;
}

/** Below this many rows the policy does not judge a group; 0 where no check looks at these columns. */
function minRowsOf(asked: readonly AskedFairness[], columns: readonly string[]): number {
  const rules = asked.filter((spec) => spec.columns.join() === columns.join());
  return Math.max(0, ...rules.map(({ minRows }) => minRows));
}

function groupCells(group: SensitiveGroup, minRows: number): readonly string[] {
  const { values, rows, positives, champion, challenger } = group;
  const change = (of: (side: GroupDecisions) => number, whole: number) =>
    [champion, challenger].map((side) => (side === null ? '–' : formatShare(of(side), whole))).join(' → ');
  return [
    `${values.map(sliceName).join(' × ')}${rows < minRows ? ' (too small to judge)' : ''}`,
    formatCount(rows),
    formatCount(positives),
    change(({ selected }) => selected, rows),
    change(({ truePositives }) => truePositives, positives),
    change(({ falsePositives }) => falsePositives, rows - positives),
  ];
}

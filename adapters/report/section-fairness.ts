import type { GateReport } from '../../domain/gates/gate-report.js';
import type { FairnessFacts, GroupDecisions, SensitiveGroup } from '../../domain/gates/probes.js';
import { formatCount, formatShare, sliceName } from './format.js';
import { groupedBy } from './grouped.js';
import { html, type Html } from './html.js';
import { renderStack } from './table.js';

/** Decisions by the groups of sensitive columns, which no model sees. */
export function renderFairness({ probes, checks }: GateReport): Html | null {
  const { fairness } = probes;
  if (fairness === null) return null;
  if (fairness.status !== 'measured') {
    return html`<h3>Fairness</h3>
      <p>Not known: ${fairness.why}.</p>`;
  }
  const asked = checks.flatMap(({ spec }) => (spec.check === 'fair' ? [spec] : []));
  return html`<h3>Fairness</h3>
    <p>
      Shares of each group, champion → challenger. Selected: decided positive. Found: of the truly positive, decided
      positive. False alarms: of the truly negative, decided positive.
    </p>
    ${fairnessTables(fairness.facts, (columns) => minRowsOf(asked, columns)).map(renderStack)}`;
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

/** One table for each column, or combination of columns, the largest group first. */
export function fairnessTables({ groups }: FairnessFacts, minRowsFor: (columns: readonly string[]) => number) {
  const byColumns = groupedBy(groups, ({ columns }) => columns.join(' × '));
  return [...byColumns].map(([name, members]) => {
    const minRows = minRowsFor(members[0]?.columns ?? []);
    const rows = [...members].sort((left, right) => right.rows - left.rows);
    return {
      caption: `Decisions by ${name}, ${formatCount(rows.reduce((sum, group) => sum + group.rows, 0))} rows`,
      columns: [name, 'Rows', 'Positive', 'Selected', 'Found', 'False alarms'],
      rows: rows.map((group) => groupCells(group, minRows)),
    };
  });
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

import type { FairnessMeasure } from './gate-rule.js';
import type { Proportion } from '../statistics/proportions.js';
import type { GroupDecisions, SensitiveGroup } from './probes.js';

/** A rate that groups are compared by. */
export interface GroupRate {
  readonly label: string;
  readonly of: (group: SensitiveGroup, decisions: GroupDecisions) => Proportion;
}

const selection: GroupRate = {
  label: 'share decided positive',
  of: ({ rows }, { selected }) => ({ count: selected, of: rows }),
};
const truePositives: GroupRate = {
  label: 'true positive rate',
  of: ({ positives }, decisions) => ({ count: decisions.truePositives, of: positives }),
};
const falsePositives: GroupRate = {
  label: 'false positive rate',
  of: ({ rows, positives }, decisions) => ({ count: decisions.falsePositives, of: rows - positives }),
};

/** As Fairlearn defines the differences; of several rates the one with the larger gap counts. */
export const ratesOf: Readonly<Record<FairnessMeasure, readonly GroupRate[]>> = {
  'demographic-parity': [selection],
  'equal-opportunity': [truePositives],
  'equalized-odds': [truePositives, falsePositives],
};

/** A group with one side's rate of it. */
export interface RatedGroup {
  readonly group: SensitiveGroup;
  readonly proportion: Proportion;
}

/** The rates of one side, where they are defined. */
export function rateGroups(
  rate: GroupRate,
  groups: readonly SensitiveGroup[],
  side: 'champion' | 'challenger',
): readonly RatedGroup[] {
  return groups.flatMap((group): RatedGroup[] => {
    const decisions = group[side];
    if (decisions === null) return [];
    const proportion = rate.of(group, decisions);
    return proportion.of > 0 ? [{ group, proportion }] : [];
  });
}

/** Two groups and how far apart they are. */
export interface GroupGap {
  readonly rate: GroupRate;
  readonly high: RatedGroup;
  readonly low: RatedGroup;
  readonly gap: number;
}

export function shareOf({ count, of }: Proportion): number {
  return count / of;
}

/** Every pair of groups by every rate of the measure, the widest gap first. */
export function findGaps(
  measure: FairnessMeasure,
  groups: readonly SensitiveGroup[],
  side: 'champion' | 'challenger',
): readonly GroupGap[] {
  const gaps = ratesOf[measure].flatMap((rate) => {
    const rated = [...rateGroups(rate, groups, side)].sort(
      (left, right) => shareOf(right.proportion) - shareOf(left.proportion),
    );
    return rated.flatMap((high, index) =>
      rated.slice(index + 1).map((low): GroupGap => {
        return { rate, high, low, gap: shareOf(high.proportion) - shareOf(low.proportion) };
      }),
    );
  });
  return gaps.sort((left, right) => right.gap - left.gap);
}

/** For people, like `female × over 60`. */
export function groupName({ values }: SensitiveGroup): string {
  return values.map((value) => value ?? '(no value)').join(' × ');
}

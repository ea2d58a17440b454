import type { GateSpec } from './gate-rule.js';
import { normalQuantile } from '../statistics/distributions.js';
import { differenceError, differenceInterval, type Interval } from '../statistics/proportions.js';
import type { Verdict } from '../verdict.js';
import { plainCheck, say, sayPercent, type GateFacts } from './check-facts.js';
import { gateName } from './gate-name.js';
import { checkUnmeasured } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import { findGaps, groupName, shareOf, type GroupGap } from './group-rates.js';
import type { SensitiveGroup } from './probes.js';

type Fair = Extract<GateSpec, { check: 'fair' }>;

/** Power at which a difference counts as noticeable, as everywhere in a report. */
const POWER = 0.8;

/** Names in a sentence; the report's facts list every group. */
const SHOWN_GROUPS = 5;

/**
 * Groups are treated alike: the widest gap between two of them is at most `maxDifference`. The widest of many gaps is too
 * wide rather than too narrow where groups are small, so a gap within the limit passes; one beyond it fails when its
 * interval excludes the limit. Intervals are Newcombe's for two shares, with Bonferroni over all pairs of groups, so a
 * small group does not fail by noise. Rows are taken as independent.
 */
export function checkFair(spec: Fair, { comparison, probes }: GateFacts): GateCheck {
  const { fairness } = probes;
  if (fairness?.status !== 'measured') {
    return checkUnmeasured(spec, spec.maxDifference, fairness, 'how groups are treated');
  }
  const groups = fairness.facts.groups.filter((group) => isAbout(spec, group));
  const supported = groups.filter((group) => isSupported(spec, group));
  const unsupported = groups.filter((group) => !supported.includes(group));
  const gaps = findGaps(spec.measure, supported, 'challenger');
  const [widest] = gaps;
  const rows = supported.reduce((sum, group) => sum + group.rows, 0);
  const about = { name: gateName(spec), spec, limit: spec.maxDifference, unit: 'share', rows } as const;
  if (widest === undefined) {
    const why = `two groups of ${String(spec.minRows)} rows and ${String(spec.minPositives)} positive and ${String(spec.minNegatives)} negative labels are needed to compare, and there ${supported.length === 1 ? 'is 1' : `are ${String(supported.length)}`}${besides(unsupported)}`;
    return plainCheck({ ...about, value: null, verdict: 'inconclusive', why });
  }
  const tail = (1 - comparison.method.level) / 2 / gaps.length;
  const interval = intervalOf(widest, tail);
  const verdict = judge(spec, gaps, tail);
  const why = `${describe(spec, widest, verdict, interval, comparison.method.level)}${ofChampion(spec, supported)}${besides(unsupported)}`;
  return {
    ...plainCheck({ ...about, value: widest.gap, verdict, why }),
    interval,
    minimumDetectable: detectable(widest, tail),
  };
}

function isAbout(spec: Fair, { columns }: SensitiveGroup): boolean {
  return columns.length === spec.columns.length && spec.columns.every((column) => columns.includes(column));
}

function isSupported(spec: Fair, { rows, positives }: SensitiveGroup): boolean {
  return rows >= spec.minRows && positives >= spec.minPositives && rows - positives >= spec.minNegatives;
}

/** A narrower gap between two large groups may be shown where the widest one is not. */
function judge(spec: Fair, gaps: readonly GroupGap[], tail: number): Verdict {
  if (gaps.every(({ gap }) => gap <= spec.maxDifference)) return 'pass';
  return gaps.some((gap) => intervalOf(gap, tail).lower > spec.maxDifference) ? 'fail' : 'inconclusive';
}

function intervalOf({ high, low }: GroupGap, tail: number): Interval {
  return differenceInterval(high.proportion, low.proportion, tail);
}

function detectable({ high, low }: GroupGap, tail: number): number {
  return (normalQuantile(1 - tail) + normalQuantile(POWER)) * differenceError(high.proportion, low.proportion);
}

function describe(spec: Fair, gap: GroupGap, verdict: Verdict, interval: Interval, level: number): string {
  const says = { pass: 'within', fail: 'shown to be above', inconclusive: 'not shown to be above or within' }[verdict];
  const side = ({ group, proportion }: GroupGap['high']) =>
    `${say(shareOf(proportion))} for ${groupName(group)} (${String(proportion.of)} rows)`;
  return `${gap.rate.label} ${side(gap.high)} and ${side(gap.low)}: the gap of ${say(gap.gap)} (${sayPercent(level)} interval ${say(interval.lower)} to ${say(interval.upper)} over all pairs) is ${says} the limit of ${say(spec.maxDifference)}`;
}

function ofChampion(spec: Fair, groups: readonly SensitiveGroup[]): string {
  const [widest] = findGaps(spec.measure, groups, 'champion');
  return widest === undefined ? '' : `; the champion's gap is ${say(widest.gap)}`;
}

function besides(groups: readonly SensitiveGroup[]): string {
  if (groups.length === 0) return '';
  const names = groups.slice(0, SHOWN_GROUPS).map((group) => `${groupName(group)} with ${String(group.rows)} rows`);
  const more = groups.length > SHOWN_GROUPS ? ', …' : '';
  return `; ${String(groups.length)} smaller ${groups.length === 1 ? 'group is' : 'groups are'} not judged (${names.join(', ')}${more})`;
}

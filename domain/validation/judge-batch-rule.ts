import { formatDuration } from '../duration.js';
import type { TrainingProfile } from '../model-bundle.js';
import { MIN_DRIFT_ROWS } from '../monitoring/decide-drift.js';
import { judgeDistribution, judgeNullShareChange } from './judge-reference-rule.js';
import type { Finding, RuleMeasure, RuleResult } from './results.js';
import { describeLimit, shortNumber } from './rule-words.js';
import type { BatchRule } from './rules.js';

/** What a batch is compared with. */
export interface BatchContext {
  readonly rows: number;
  readonly windowEnd: string;
  readonly asOf: string;
  /** What the champion was trained on; null where no champion is compared with. */
  readonly profile: TrainingProfile | null;
}

/**
 * Decides a rule about the batch. Without any rows only a row count can fail: a covered window may well be empty, and
 * its definition says so if it may not.
 */
export function judgeBatchRule(rule: BatchRule, measure: RuleMeasure, context: BatchContext): RuleResult {
  const isEmpty = context.rows === 0 && rule.check !== 'row-count';
  const { held, found, what } = isEmpty
    ? { held: null, found: null, what: 'there are no rows' }
    : findingOf(rule, measure, context);
  const limit = describeLimit(rule);
  return {
    rule: rule.name,
    severity: rule.severity,
    verdict: held === null ? 'unmeasured' : held ? 'passed' : 'failed',
    checked: measure.checked,
    failing: null,
    found,
    limit,
    examples: [],
    why: held === null ? `not measured: ${what}` : `${what}; expected: ${limit}`,
  };
}

function findingOf(rule: BatchRule, measure: RuleMeasure, context: BatchContext): Finding {
  const value = measure.value ?? 0;
  switch (rule.check) {
    case 'row-count':
      return {
        held: isBetween(context.rows, rule.min, rule.max),
        found: context.rows,
        what: `${String(context.rows)} rows`,
      };
    case 'present':
      return { held: value >= rule.min, found: value, what: `${String(value)} rows have ${rule.column}` };
    case 'null-share': {
      const share = value / context.rows;
      return {
        held: share <= rule.max,
        found: share,
        what: `share ${shortNumber(share)} of ${rule.column} is missing`,
      };
    }
    case 'distinct':
      return {
        held: isBetween(value, rule.min, rule.max),
        found: value,
        what: `${String(value)} values of ${rule.column}`,
      };
    case 'not-constant':
      return findConstant(rule.column, measure);
    case 'fresh':
      return findLag(rule, measure, context);
    case 'null-share-change':
      return compared(rule.column, measure, context, (profile) => judgeNullShareChange(rule, measure, profile));
    case 'distribution':
      return compared(rule.column, measure, context, (profile) => judgeDistribution(rule, measure, profile));
  }
}

function findConstant(column: string, { checked, value }: RuleMeasure): Finding {
  if (checked < 2) return { held: null, found: value, what: `${String(checked)} rows have ${column}` };
  return {
    held: (value ?? 0) > 1,
    found: value,
    what: `${String(value)} values of ${column} in ${String(checked)} rows`,
  };
}

/** A newest instant ahead of the reference is as fresh as can be. */
function findLag(
  { column, withinMs }: Extract<BatchRule, { check: 'fresh' }>,
  { value }: RuleMeasure,
  { windowEnd, asOf }: BatchContext,
): Finding {
  if (value === null) return { held: null, found: null, what: `no row has ${column ?? 'an event time'}` };
  const lagMs = Math.max(0, Date.parse(column === null ? windowEnd : asOf) - value);
  const newest =
    column === null
      ? "the newest event is behind the window's end by"
      : `the newest ${column} is behind the data clock by`;
  return { held: lagMs <= withinMs, found: lagMs, what: `${newest} ${formatDuration(lagMs)}` };
}

/** A comparison with training rows, once there are enough rows on both sides. */
function compared(
  column: string,
  { checked }: RuleMeasure,
  { profile }: BatchContext,
  compare: (profile: TrainingProfile) => Finding,
): Finding {
  const open = (what: string): Finding => ({ held: null, found: null, what });
  if (profile === null) return open('there is no champion to compare with');
  if (checked >= MIN_DRIFT_ROWS && profile.rows >= MIN_DRIFT_ROWS) return compare(profile);
  const sides = `${String(checked)} rows against ${String(profile.rows)}`;
  return open(`${column} needs ${String(MIN_DRIFT_ROWS)} rows on both sides, there are ${sides}`);
}

function isBetween(value: number, min: number | null, max: number | null): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}

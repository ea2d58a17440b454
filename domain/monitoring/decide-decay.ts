import { metricIn } from '../gates/comparison.js';
import { isHigherBetter, metricTraits } from '../metrics.js';
import type { PublishedPerformance, StandardError } from '../monitoring.js';
import type { MonitorPolicy } from '../pipeline-definition.js';
import { studentQuantile } from '../statistics/distributions.js';
import type { Verdict } from '../verdict.js';
import { isInLabelUnit, marginFrom, type DecayMetric } from './decay-policy.js';
import { sayMetric } from './performance-text.js';

/** Of each one-sided bound. */
const CONFIDENCE = 0.95;
/** Student's quantile moves by less than 1e-4 from here on. */
const MOST_DEGREES = 10_000;
/** Of fewer rows a standard error is itself a guess: three rows that happen to be alike would be sure of anything. */
export const MIN_DECAY_ROWS = 30;

/** Whether the served version still does what its evidence promised. */
export interface DecayDecision {
  /** `pass`: shown to be within the margin; `fail`: decay is shown; else the window cannot tell. */
  readonly verdict: Verdict;
  readonly metric: DecayMetric;
  readonly value: number | null;
  /** On the evidence that promoted the version; null when there is none. */
  readonly promised: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** In the metric's own unit; null without a promise that it could be a share of. */
  readonly margin: number | null;
  readonly why: string;
}

/**
 * Compares the policy's metric on matured labels with the one the version was promoted on. Decay is shown when the whole
 * interval is worse than the promise by more than the margin: one bad number of a small window is no decay.
 */
export function decideDecay(args: {
  readonly performance: PublishedPerformance;
  /** The policy's metric on the evidence that promoted the version; null when there is none. */
  readonly promised: number | null;
  readonly policy: Pick<MonitorPolicy, 'metric' | 'decayMargin'>;
}): DecayDecision {
  const { performance, promised, policy } = args;
  const { metric } = policy;
  const { label } = metricTraits[metric];
  const found = metricIn(performance.metrics, metric);
  const margin = promised === null ? null : marginFrom(promised, policy.decayMargin);
  const open = { verdict: 'inconclusive', metric, promised, lower: null, upper: null, margin } as const;
  if (found.value === null) return { ...open, value: null, why: `${label} could not be measured: ${found.reason}` };
  const undecided = (why: string): DecayDecision => ({ ...open, value: found.value, why });
  const error = performance.standardErrors[metric];
  if (error === undefined) return undecided(`${label} has no standard error, so it cannot be compared`);
  if (performance.labelledRows < MIN_DECAY_ROWS)
    return undecided(
      `${rowsOf(performance)} are too few to compare the ${label} of, ${String(MIN_DECAY_ROWS)} are needed`,
    );
  if (promised === null || margin === null)
    return undecided(`${label} is ${sayMetric(metric, found.value)}, and no evidence says what to expect`);
  const reach = reachOf(error);
  const bounds = { lower: found.value - reach, upper: found.value + reach };
  const verdict = judge(metric, bounds, { promised, margin });
  const judged = { ...open, ...bounds, verdict, value: found.value };
  return { ...judged, why: describe(judged, { promised, margin }) };
}

/** Few days give a wide interval. From some thousand rows on the quantile is that of the normal distribution. */
function reachOf({ value, count }: StandardError): number {
  return studentQuantile(CONFIDENCE, Math.min(count - 1, MOST_DEGREES)) * value;
}

interface Promised {
  readonly promised: number;
  readonly margin: number;
}

function judge(
  metric: DecayMetric,
  { lower, upper }: { readonly lower: number; readonly upper: number },
  { promised, margin }: Promised,
): Verdict {
  if (isHigherBetter(metric)) {
    const boundary = promised - margin;
    return upper < boundary ? 'fail' : lower > boundary ? 'pass' : 'inconclusive';
  }
  const boundary = promised + margin;
  return lower > boundary ? 'fail' : upper < boundary ? 'pass' : 'inconclusive';
}

function describe(
  {
    metric,
    verdict,
    value,
    lower,
    upper,
  }: Pick<DecayDecision, 'metric' | 'verdict'> & Record<'value' | 'lower' | 'upper', number>,
  { promised, margin }: Promised,
): string {
  const say = (number: number) => sayMetric(metric, number);
  const worse = isHigherBetter(metric) ? 'below' : 'above';
  const says = {
    pass: 'within the margin of',
    fail: `shown to be ${worse}`,
    inconclusive: 'too uncertain to compare with',
  }[verdict];
  const numbers = `${metricTraits[metric].label} ${say(value)} (${say(lower)} to ${say(upper)})`;
  const allowance = `${isHigherBetter(metric) ? 'less' : 'plus'} ${sayNumber(margin)}`;
  const unit = isInLabelUnit(metric) ? ', in the unit of the label' : '';
  return `${numbers} is ${says} the promised ${say(promised)} ${allowance}${unit}`;
}

function sayNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function rowsOf({ labelledRows }: PublishedPerformance): string {
  return `${String(labelledRows)} labelled rows`;
}

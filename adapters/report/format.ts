import { metricTraits, type MetricName } from '../../domain/metrics.js';

import { countOf, formatCount, formatNumber } from '../../domain/number-text.js';

export { countOf, formatCount, formatNumber, shortDigest } from '../../domain/number-text.js';
export { formatWindow } from '../../domain/window.js';

const MINUS = '−';
const DAY_MS = 86_400_000;

/** Four places behind the point are finer than any interval here; big numbers need fewer. */
export function formatValue(value: number | null): string {
  if (value === null) return '–';
  const size = Math.abs(value);
  const places = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4;
  const text = value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  return /^-[0.]+$/.test(text) ? text.slice(1) : text.replace('-', MINUS);
}

/** A difference always shows its sign. */
export function formatSigned(value: number | null): string {
  return value !== null && value > 0 ? `+${formatValue(value)}` : formatValue(value);
}

export function formatRange(lower: number | null, upper: number | null): string {
  return lower === null || upper === null ? '–' : `${formatSigned(lower)} to ${formatSigned(upper)}`;
}

/** The same for numbers that are no differences. */
export function formatBounds(lower: number | null, upper: number | null): string {
  return lower === null || upper === null ? '–' : `${formatValue(lower)} to ${formatValue(upper)}`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.replace('-', MINUS);
}

/** `12.5 % of 800 rows`: a share is nothing without what it is a share of. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '–' : formatPercent(part / whole);
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function formatOrdinal(value: number): string {
  const tens = value % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${formatCount(value)}${suffix}`;
}

/** `1 day`, `36 hours`, `90 seconds`. */
export function formatDuration(ms: number): string {
  const units = [
    ['day', DAY_MS],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [noun, unitMs] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['second', 1000];
  return countOf(Math.round(ms / unitMs), noun);
}

/** Midnight as its date, anything else to the second. */
export function formatInstant(instant: string): string {
  const [date = instant, time = ''] = instant.split('T');
  return time.startsWith('00:00:00') ? date : `${date} ${time.slice(0, 8)}Z`;
}

/** Which way a metric is better, for the heading of its row. */
export function directionOf(metric: MetricName): string {
  const { better } = metricTraits[metric];
  if (typeof better === 'object') return `best at ${formatNumber(better.target)}`;
  return better === 'higher' ? 'more is better' : 'less is better';
}

/** What a shuffled feature does to a metric, at the begin of a caption: a score is lost, an error rises. */
export function harmOf(metric: MetricName): string {
  return `${metricTraits[metric].better === 'higher' ? 'Loss' : 'Rise'} of ${metricTraits[metric].label}`;
}

export function sliceName(value: string | null): string {
  return value ?? '(no value)';
}

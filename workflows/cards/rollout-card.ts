import { withMinusSigns } from '../../domain/number-text.js';
import type { SeenCheck } from '../../domain/rollout/look.js';
import { count, table } from './text.js';

const names: Readonly<Record<SeenCheck['name'], string>> = {
  harm: 'harm',
  'not-worse': 'not worse',
  better: 'better',
  'score-distribution': 'score distribution',
  'decision-churn': 'decision churn',
  value: 'business value',
  unserved: 'windows not scored',
  'sample-ratio': 'sample ratio',
  measured: 'windows not measured',
};

/**
 * What the last look at a rollout or a watch asked and found, what went wrong first: each value with its limit and what it
 * rests on. Empty before the first look.
 */
export function renderLookChecks(checks: readonly SeenCheck[] = []): string {
  if (checks.length === 0) return '';
  const rank = { fail: 0, inconclusive: 1, pass: 2 };
  const sorted = [...checks].sort((a, b) => rank[a.verdict] - rank[b.verdict]);
  return table(
    ['check', 'verdict', 'value', 'limit', 'n'],
    sorted.map(({ name, verdict, value = null, limit = null, n, unit = '' }) => [
      names[name],
      verdict,
      number(value),
      number(limit),
      n === undefined ? '–' : `${count(n)} ${unit}`,
    ]),
  );
}

/** Three digits that say something, as a person reads numbers. */
function number(value: number | null): string {
  if (value === null) return '–';
  const text = value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return withMinusSigns(text);
}

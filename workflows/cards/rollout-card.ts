import type { RolloutLook } from '../../domain/rollout/look.js';
import { withMinusSigns } from '../../domain/number-text.js';
import { table } from './text.js';

const names: Readonly<Record<NonNullable<RolloutLook['checks']>[number]['name'], string>> = {
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

/** What the last look at a rollout or a watch asked and found, what went wrong first; empty before the first look. */
export function renderLookChecks({ checks = [] }: RolloutLook): string {
  if (checks.length === 0) return '';
  const rank = { fail: 0, inconclusive: 1, pass: 2 };
  const sorted = [...checks].sort((a, b) => rank[a.verdict] - rank[b.verdict]);
  return table(
    ['check', 'verdict', 'why'],
    sorted.map(({ name, verdict, why }) => [names[name], verdict, withMinusSigns(why)]),
  );
}

import { withMinusSigns } from '../../domain/number-text.js';
import type { GateOutcome } from '../api.js';
import { count, short, table } from './text.js';

/**
 * Verdict first, then both sides' metrics and every check. The panel in the UI is half a page wide, so checks are a list:
 * each says its value and its limit in its own words.
 */
export function renderGates(gates: GateOutcome, against: 'champion' | 'baseline'): string {
  const metrics = table(
    ['metric', against, 'challenger', 'difference (interval)'],
    gates.metrics.map((m) => [m.metric, number(m.champion), number(m.challenger), m.difference]),
  );
  const checks = gates.checks.map(renderCheck);
  const link = gates.reportUrl === null ? `\`${gates.reportPath}\`` : `[the full report](${gates.reportUrl})`;
  return [
    `**${gates.sentence}**`,
    metrics,
    checks.join('\n'),
    `${count(gates.rows)} labelled rows; report \`${short(gates.reportDigest)}\`: ${link}`,
  ].join('\n\n');
}

function renderCheck({ verdict, name, mode = 'enforce', why }: GateOutcome['checks'][number]): string {
  return `- **${verdict}** ${name}${mode === 'enforce' ? '' : ` (${mode} only)`}: ${withMinusSigns(why)}`;
}

function number(value: number | null): string {
  return value === null ? 'not measurable' : withMinusSigns(value.toFixed(4));
}

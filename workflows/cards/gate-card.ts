import type { GateOutcome } from '../api.js';
import { count, short, table } from './text.js';

/** Verdict first, then both sides' metrics and every check. */
export function renderGates(gates: GateOutcome): string {
  const metrics = table(
    ['metric', 'champion', 'challenger', 'difference (interval)'],
    gates.metrics.map((m) => [m.metric, number(m.champion), number(m.challenger), m.difference]),
  );
  const checks = table(
    ['check', 'verdict', 'value', 'limit', 'why'],
    gates.checks.map((check) => [check.name, check.verdict, check.value, check.limit, check.why]),
  );
  const link = gates.reportUrl === null ? `\`${gates.reportPath}\`` : `[the full report](${gates.reportUrl})`;
  return [
    `**${gates.sentence}**`,
    metrics,
    checks,
    `${count(gates.rows)} labelled rows; report \`${short(gates.reportDigest)}\`: ${link}`,
  ].join('\n\n');
}

function number(value: number | null): string {
  return value === null ? 'not measurable' : value.toFixed(4);
}

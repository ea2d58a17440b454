import { formatRange, formatSigned, formatValue } from '../adapters/report/format.js';
import { differenceIn, estimateIn } from '../domain/gates/comparison.js';
import { primaryMetric } from '../domain/gates/primary-metric.js';
import { gateReportSentence } from '../domain/gates/report-sentence.js';
import { metricTraits } from '../domain/metrics.js';
import type { FoundReport } from './find-report.js';
import { shortDigest } from './text-table.js';

/** The verdict, the metric that the pipeline is about, and the command that shows the rest. */
export function renderReportBrief({ report, digest }: FoundReport): string {
  const lines = [gateReportSentence(report)];
  if (report.schemaVersion === 2) {
    const { comparison, checks } = report;
    const metric = primaryMetric(
      checks.map(({ spec }) => spec),
      comparison.labelKind,
    );
    const [before, after] = [comparison.pooled.champion, comparison.pooled.challenger].map((side) =>
      formatValue(estimateIn(side, metric).value),
    );
    const { estimate, lower, upper, reason } = differenceIn(comparison.pooled.differences, metric);
    const interval = lower === null ? (reason ?? 'no interval') : formatRange(lower, upper);
    lines.push(
      `  ${metricTraits[metric].label}: ${before ?? '?'} -> ${after ?? '?'}, difference ${formatSigned(estimate)} (${interval})`,
    );
  }
  lines.push(`  every check and number: npx gauntlet report ${report.pipeline} ${shortDigest(digest)}`);
  return lines.join('\n');
}

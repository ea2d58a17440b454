import { formatRange, formatSigned, formatWindow } from '../adapters/report/format.js';
import { metricTraits } from '../domain/metrics.js';
import { differenceIn, estimateIn, type Comparison, type MetricEstimate } from '../domain/gates/comparison.js';
import type { GateCheck, GateReport } from '../domain/gates/gate-report.js';
import { gateReportSentence, reportedName } from '../domain/gates/report-sentence.js';
import type { FoundReport } from './find-report.js';
import { countOf, formatCount, formatInstant, formatMetric, renderFields, renderTable } from './text-table.js';

const right = (title: string) => ({ title, align: 'right' }) as const;

/** The report for a terminal: the verdict first, then the numbers, then every check with its reason. */
export function renderReport(found: FoundReport): string {
  const { report, digest, htmlPath } = found;
  return [
    gateReportSentence(report),
    renderFields([
      ['report', digest],
      ['standing', standingOf(found)],
      ['challenger', `${reportedName(report.challenger)} ${trainedOn(report)}`.trimEnd()],
      ['against', reportedName(report.champion)],
      ['data', dataOf(report.comparison)],
    ]),
    renderMetrics(report.comparison),
    renderChecks(report.checks),
    `Page with plots: ${htmlPath}`,
  ].join('\n\n');
}

/** The same for scripts: the report itself, and where it stands. */
export function reportJson({ digest, report, evaluated, htmlPath }: FoundReport): object {
  return { digest, sentence: gateReportSentence(report), verdict: report.verdict, evaluated, htmlPath, report };
}

function standingOf({ evaluated, report }: FoundReport): string {
  if (evaluated === null) return 'a backtest; no promotion is judged by it';
  const approval =
    report.verdict === 'pass' ? `, the evidence is good until ${formatInstant(evaluated.validUntil)}` : '';
  return `ledger record ${evaluated.recordNumber}, measured ${formatInstant(evaluated.at)}${approval}`;
}

function trainedOn({ challenger }: GateReport): string {
  return challenger.trainingWindow === null ? '' : `(trained on ${formatWindow(challenger.trainingWindow)})`;
}

function dataOf({ rows, positives, days, folds }: Comparison): string {
  return `${countOf(rows, 'row')}, ${formatCount(positives)} positive, ${countOf(folds.length, 'fold')}, ${countOf(days, 'day')}`;
}

function renderMetrics({ pooled, method, metrics }: Comparison): string {
  const interval = `${Math.round(method.level * 100)} % interval`;
  const rows = metrics.map((metric) => {
    const { estimate, lower, upper, minimumDetectable, reason } = differenceIn(pooled.differences, metric);
    return [
      metricTraits[metric].label,
      estimateText(estimateIn(pooled.champion, metric)),
      estimateText(estimateIn(pooled.challenger, metric)),
      formatSigned(estimate),
      lower === null && reason !== null ? reason : formatRange(lower, upper),
      formatMetric(minimumDetectable),
    ];
  });
  const columns = ['metric', 'champion', 'challenger', right('difference'), interval, right('detectable')];
  return renderTable(columns, rows);
}

function estimateText({ value, lower, upper }: MetricEstimate): string {
  return lower === null || upper === null
    ? formatMetric(value)
    : `${formatMetric(value)} (${formatMetric(lower)} to ${formatMetric(upper)})`;
}

function renderChecks(checks: readonly GateCheck[]): string {
  return renderTable(
    ['check', 'verdict', 'why'],
    checks.map(({ name, verdict, why }) => [name, verdict, why]),
  );
}

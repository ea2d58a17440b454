import { sayDrift } from '../adapters/report/drift-words.js';
import { fairnessTables } from '../adapters/report/fairness-table.js';
import { formatPercent, formatRange, formatSigned, formatWindow } from '../adapters/report/format.js';
import { importanceColumns, importanceRows } from '../adapters/report/importance-table.js';
import { metricTable, sampleOf } from '../adapters/report/metric-table.js';
import { sayReuse } from '../adapters/report/section-certainty.js';
import type { Table } from '../adapters/report/table.js';
import { differenceIn } from '../domain/gates/comparison.js';
import type { GateReport } from '../domain/gates/gate-report.js';
import { gateReportSentence, reportedName } from '../domain/gates/report-sentence.js';
import { forecastReportedChurn } from '../domain/gates/reported-churn.js';
import { metricTraits } from '../domain/metrics.js';
import { sayChurnForecast } from '../domain/rollout/churn-forecast.js';
import type { FoundReport } from './find-report.js';
import { renderChecks } from './report-checks.js';
import { countOf, formatCount, formatInstant, renderFields, renderTable, type TextColumn } from './text-table.js';

/** More features than this are for the page. */
const SHOWN_FEATURES = 10;

/** The report for a terminal: the verdict first, then every check by what it decides, then the numbers. */
export function renderReport(found: FoundReport): string {
  const { report, htmlPath } = found;
  const parts = report.schemaVersion === 1 ? describeOld(found) : describe(found, report);
  return [gateReportSentence(report), ...parts, `Page with plots: ${htmlPath}`].join('\n\n');
}

/** Of a report of an earlier version the sentence and the checks are read; its page has the numbers. */
function describeOld(found: FoundReport): readonly string[] {
  const { report, digest } = found;
  return [
    renderFields([
      ['report', digest],
      ['standing', standingOf(found)],
      ['note', 'made by an earlier version of Gauntlet: its numbers stand on its page'],
    ]),
    renderChecks(report.checks),
  ];
}

function describe(found: FoundReport, report: GateReport): readonly string[] {
  const { comparison, challenger, champion } = report;
  return [
    renderFields([
      ['report', found.digest],
      ['standing', standingOf(found)],
      ['challenger', `${reportedName(challenger)} ${trainedOn(report)}`.trimEnd()],
      ['against', reportedName(champion)],
      ['data', `${sampleOf(comparison)}, ${countOf(comparison.folds.length, 'fold')}`],
      ['how sure', sayReuse(comparison)],
      ...decisionsOf(report),
      ...valueOf(report),
      ...driftOf(report),
      ...speedOf(found),
    ]),
    renderChecks(report.checks, report.task.decision.value?.unit),
    titled(metricTable(report)),
    ...fairnessTables(report).map(titled),
    ...importanceOf(report),
  ];
}

/** The same for scripts: the report itself, and where it stands. */
export function reportJson({ digest, report, evaluated, htmlPath, figures }: FoundReport): object {
  return {
    digest,
    sentence: gateReportSentence(report),
    verdict: report.verdict,
    evaluated,
    htmlPath,
    figures,
    report,
  };
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

type Fields = readonly (readonly [name: string, value: string])[];

function decisionsOf(report: GateReport): Fields {
  const { comparison } = report;
  const { flips } = comparison;
  if (flips === null || flips.rows === 0) return [];
  const turned = flips.toPositive + flips.toNegative;
  const { toPositiveRight, toNegativeRight } = flips;
  const right =
    toPositiveRight === null || toNegativeRight === null
      ? ''
      : `, ${formatCount(toPositiveRight + toNegativeRight)} for the better`;
  const share = formatPercent(turned / flips.rows);
  const churn = forecastReportedChurn(report);
  return [
    ['decisions', `${formatCount(turned)} of ${formatCount(flips.rows)} would turn (${share})${right}`],
    ...(churn === null ? [] : [['warning', sayChurnForecast(churn)] as const]),
  ];
}

function valueOf({ comparison, task }: GateReport): Fields {
  const { value } = task.decision;
  const { estimate, lower, upper, reason } = differenceIn(comparison.pooled.differences, 'value');
  if (value === null || estimate === null) return [];
  const interval = lower === null ? (reason ?? 'no interval') : formatRange(lower, upper);
  return [['value', `${formatSigned(estimate)} ${value.unit} for each decision (${interval})`]];
}

function driftOf({ probes, comparison }: GateReport): Fields {
  return probes.drift?.status === 'measured' ? [['drift', sayDrift(probes.drift.facts, comparison)]] : [];
}

/** Timings differ from run to run, so they are shown here and are no part of what is approved. */
function speedOf({ figures }: FoundReport): Fields {
  if (figures === null) return [];
  const { forecastMs, peakMemoryMb } = figures;
  const seconds = forecastMs < 100 ? 'less than 0.1' : (forecastMs / 1000).toFixed(1);
  return [
    ['speed', `a window in ${seconds} s by forecast, ${formatCount(Math.round(peakMemoryMb))} MB, as measured then`],
  ];
}

function importanceOf({ probes }: GateReport): readonly string[] {
  if (probes.importance?.status !== 'measured') return [];
  const { metric, rows, repeats, features } = probes.importance.facts;
  const shown = features.slice(0, SHOWN_FEATURES);
  const first =
    features.length > shown.length ? `, the first ${formatCount(shown.length)} of ${formatCount(features.length)}` : '';
  return [
    titled({
      caption: `Loss of ${metricTraits[metric].label} when a feature is shuffled, ${countOf(repeats, 'time')} on ${countOf(rows, 'row')}${first}`,
      columns: importanceColumns,
      rows: importanceRows(shown),
    }),
  ];
}

/** The first column holds names; numbers stand right. */
function titled({ caption, columns, rows }: Table): string {
  const aligned = columns.map((title, index): TextColumn => ({ title, align: index === 0 ? 'left' : 'right' }));
  return `${caption}\n${renderTable(aligned, rows)}`;
}

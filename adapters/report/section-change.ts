import { differenceIn, estimateIn } from '../../domain/gates/comparison.js';
import type { GateReport, ReportedModel } from '../../domain/gates/gate-report.js';
import type { ReportedTraining } from '../../domain/gates/reported-task.js';
import { reportedName } from '../../domain/gates/report-sentence.js';
import { metricTraits } from '../../domain/metrics.js';
import { formatValue, formatWindow, shortDigest } from './format.js';
import { html, type Html } from './html.js';
import { differenceCells, estimateText, leadingMetrics, metricTable, sampleOf } from './metric-table.js';
import { renderStack } from './table.js';

/** Which model would take which one's place, and what that does to every metric. */
export function renderChange(report: GateReport): Html {
  const names = [reportedName(report.champion), reportedName(report.challenger)] as const;
  return html`<h2>What changes</h2>
    <p>${names[1]} would replace ${names[0]}.</p>
    ${renderStack({ caption: 'The two sides', columns: ['', ...names], rows: modelRows(report) })}
    ${renderStack(metricTable(report))} ${renderBaseline(report)}`;
}

/** What differs is what matters: settings that both sides share are left out. */
function modelRows({ champion, challenger, comparison }: GateReport): readonly (readonly string[])[] {
  const both = (name: string, of: (model: ReportedModel) => string): readonly string[] => [
    name,
    of(champion),
    of(challenger),
  ];
  const thresholds = [comparison.champion.decisionThreshold, comparison.challenger.decisionThreshold];
  return [
    both('Model', (model) => shortDigest(model.modelDigest)),
    both('Trained on', ({ trainingWindow }) => (trainingWindow === null ? '–' : formatWindow(trainingWindow))),
    both('Validated on', ({ training }) => (training === null ? '–' : formatWindow(training.validationWindow))),
    ['Decision threshold', ...thresholds.map((threshold) => (threshold === null ? 'none' : formatValue(threshold)))],
    ...differingRows(champion, challenger),
  ];
}

/** Parameters, seed and libraries, as far as they differ; none against a rule that nobody trains. */
function differingRows(champion: ReportedModel, challenger: ReportedModel): readonly (readonly string[])[] {
  if (champion.training === null || challenger.training === null) return [];
  const [then, now] = [settingsOf(champion.training), settingsOf(challenger.training)];
  const names = [...new Set([...Object.keys(now), ...Object.keys(then)])];
  const differing = names.filter((name) => now[name] !== then[name]);
  if (differing.length === 0) return [['Parameters and libraries', 'the same', 'the same']];
  return differing.map((name) => [name, then[name] ?? '–', now[name] ?? '–']);
}

function settingsOf(training: ReportedTraining): Readonly<Record<string, string>> {
  const { params, seed, libraryVersions } = training;
  const entries = [
    ...Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['seed', String(seed)] as const,
    ...Object.entries(libraryVersions).map(([name, version]) => [`library ${name}`, version] as const),
  ];
  return Object.fromEntries(entries);
}

function renderBaseline({ baselineComparison, challenger, checks }: GateReport): Html | null {
  if (baselineComparison === null) return null;
  const { pooled } = baselineComparison;
  const asked = checks.filter(({ spec }) => spec.check === 'beats-baseline');
  return renderStack({
    caption: `${reportedName(challenger)} against the pipeline's baseline, on ${sampleOf(baselineComparison)}`,
    columns: ['Metric', 'Baseline', 'Challenger', 'Difference', 'Interval', 'Would notice', 'Reads as'],
    rows: leadingMetrics(baselineComparison, asked).map((metric) => [
      metricTraits[metric].label,
      estimateText(estimateIn(pooled.champion, metric)),
      estimateText(estimateIn(pooled.challenger, metric)),
      ...differenceCells(metric, differenceIn(pooled.differences, metric)),
    ]),
  });
}

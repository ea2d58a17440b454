import { differenceIn } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { gateReportSentence, reportedName } from '../../domain/gates/report-sentence.js';
import { withMinusSigns } from '../../domain/number-text.js';
import { cardCaveats, cardMetrics, cardSlices } from './card-evidence.js';
import {
  countOf,
  formatCount,
  formatDuration,
  formatNumber,
  formatValue,
  formatWindow,
  shortDigest,
} from './format.js';
import { escapeMarkdown, markdownList, markdownTable } from './markdown.js';

/**
 * The challenger's model card under the headings of Mitchell et al. 2019, made of nothing but the report. Who approved it
 * is not in it: the card is part of what is approved, so it comes first.
 */
export function renderModelCard(report: GateReport, reportDigest: string): string {
  const name = reportedName(report.challenger);
  return [
    `# Model card: ${escapeMarkdown(name)}`,
    escapeMarkdown(withMinusSigns(gateReportSentence(report))),
    section('Model details', cardDetails(report, reportDigest)),
    section('Intended use', cardUse(report)),
    section('Factors', cardFactors(report)),
    section('Metrics', cardMetrics(report)),
    section('Evaluation data', cardEvaluation(report)),
    section('Training data', cardTraining(report)),
    section('Quantitative analyses', cardSlices(report)),
    section('Ethical considerations', cardEthics(report)),
    section('Caveats and recommendations', cardCaveats(report)),
    '',
  ].join('\n\n');
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

function cardDetails({ challenger, comparison, task }: GateReport, reportDigest: string): string {
  const { training, modelDigest, definitionDigest } = challenger;
  const threshold = comparison.challenger.decisionThreshold;
  const settings =
    training === null ? [] : Object.entries(training.params).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const libraries =
    training === null
      ? []
      : Object.entries(training.libraryVersions).map(([library, version]) => `${library} ${version}`);
  return markdownList([
    `Version ${reportedName(challenger)}, digest ${modelDigest}`,
    `Definition ${shortDigest(definitionDigest)}; evidence: gate report ${reportDigest}`,
    `Predicts ${task.label.kind === 'binary' ? 'the probability of' : 'the number'} ${task.label.column} from ${countOf(task.features.length, 'feature')}`,
    threshold === null
      ? 'Decides nothing by itself'
      : `${task.label.kind === 'binary' ? 'Scores' : 'Predictions'} from ${formatValue(threshold)} on are positive decisions`,
    ...(settings.length === 0 ? [] : [`Parameters: ${settings.join(', ')}; seed ${String(training?.seed ?? 0)}`]),
    ...(libraries.length === 0 ? [] : [`Libraries: ${libraries.join(', ')}`]),
  ]);
}

function cardUse({ pipeline, task }: GateReport): string {
  const { label, decision, windowMs, features, baseline } = task;
  const value = decision.value;
  return markdownList([
    `Scores rows of the pipeline ${pipeline} in batches, one window of ${formatDuration(windowMs)} at a time; labels are known ${formatDuration(label.delayMs)} after a window ends`,
    `Inputs: ${features.map(({ name, kind }) => `${name} (${kind})`).join(', ')}`,
    `Meant to call ${formatNumber(decision.positiveRate * 100)} % of rows positive${label.kind === 'binary' ? '' : ': those with the highest predictions'}`,
    ...(value === null
      ? []
      : [
          `Worth in ${value.unit}: right positive ${formatNumber(value.truePositive)}, wrong positive ${formatNumber(value.falsePositive)}, right negative ${formatNumber(value.trueNegative)}, wrong negative ${formatNumber(value.falseNegative)}`,
        ]),
    `Falls back on the rule ${baseline.expression} where it cannot score`,
    'Not meant for rows from elsewhere, for single decisions without a window, or for periods its evaluation data does not resemble',
  ]);
}

function cardFactors({ checks, task, comparison }: GateReport): string {
  const slices = [...new Set(comparison.slices.map(({ column }) => column))];
  const fair = checks.flatMap(({ spec }) => (spec.check === 'fair' ? [spec.columns.join(' × ')] : []));
  return markdownList([
    slices.length === 0 ? 'Evaluated as a whole: no slice column is named' : `Evaluated by ${slices.join(', ')}`,
    task.sensitive.length === 0
      ? 'No sensitive columns are named'
      : `Sensitive columns, seen by the evaluation only: ${task.sensitive.join(', ')}`,
    ...(fair.length === 0 ? [] : [`Judged for fairness by ${[...new Set(fair)].join(', ')}`]),
  ]);
}

function cardEvaluation({ comparison, snapshots, sources }: GateReport): string {
  const folds = markdownTable({
    caption: `Past folds the version was not trained on, ${countOf(comparison.rows, 'labelled row')} in all`,
    columns: ['Fold', 'Window', 'Rows', 'Snapshot'],
    rows: snapshots.map(({ fold, window, challengerDigest }) => [
      String(fold),
      formatWindow(window),
      formatCount(comparison.folds.find((compared) => compared.fold === fold)?.rows ?? 0),
      shortDigest(challengerDigest),
    ]),
  });
  const origins = markdownList(
    sources.map(({ name, sha256, bytes }) => `Source ${name}: ${formatCount(bytes)} bytes, sha256 ${sha256}`),
  );
  return sources.length === 0 ? folds : `${folds}\n\n${origins}`;
}

function cardTraining({ challenger }: GateReport): string {
  const { trainingWindow, training } = challenger;
  return markdownList([
    trainingWindow === null ? 'Not trained' : `Trained on ${formatWindow(trainingWindow)}`,
    ...(training === null ? [] : [`Threshold and score profile from ${formatWindow(training.validationWindow)}`]),
  ]);
}

function cardEthics({ task, probes, comparison }: GateReport): string {
  const main = comparison.labelKind === 'binary' ? 'auc' : 'mae';
  const { estimate } = differenceIn(comparison.pooled.differences, main);
  return markdownList([
    sayFairness(probes.fairness),
    ...(task.sensitive.length === 0 ? [] : ['Sensitive columns are no features, but features may stand in for them']),
    ...(estimate === null ? [] : ['Better on average does not mean better for everybody: see the slices']),
  ]);
}

function sayFairness(fairness: GateReport['probes']['fairness']): string {
  if (fairness === null) return 'How decisions fall on groups of people is not measured: no gate asks for it';
  if (fairness.status !== 'measured') return `How decisions fall on groups of people is not known: ${fairness.why}`;
  return 'How decisions fall on groups is measured above; a gap says that groups are treated unlike, not why';
}

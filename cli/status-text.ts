import { performanceText } from '../domain/monitoring/performance-text.js';
import { formatWindow } from '../adapters/report/format.js';
import type { PipelineStatus } from './pipeline-status.js';
import { describeDrill } from './record-sentence.js';
import { countOf, formatCount, formatInstant, renderFields, renderTable, shortDigest } from './text-table.js';

const right = (title: string) => ({ title, align: 'right' }) as const;

/** One pipeline in full: who serves, what is open, what was published, how it does. */
export function renderStatus(status: PipelineStatus): string {
  const { published } = status;
  const { definitionProblem } = status;
  const fields = renderFields([
    ...(definitionProblem === null ? [] : [['definition', definitionProblem] as const]),
    ['champion', championText(status)],
    ['previous champion', status.previousChampion === null ? '-' : `v${status.previousChampion.version}`],
    ['decision epoch', `${status.decisionEpoch} (${countOf(status.records, 'ledger record')})`],
    ['alias', status.alias.sentence],
    ['promotion', promotionText(status)],
    ['last retrain rule', retrainText(status)],
    ['last drill', drillText(status)],
    ['published', publishedText(published)],
  ]);
  return [status.pipeline, fields, ...sections(status)].join('\n\n');
}

function championText({ champion, pipeline }: PipelineStatus): string {
  if (champion === null) {
    return `none yet\ntrain one: gauntlet retrain ${pipeline}, then: gauntlet promote ${pipeline} --bootstrap`;
  }
  const approved = champion.approvedBy === null ? '' : `, approved by ${champion.approvedBy}`;
  return `v${champion.to} since ${formatInstant(champion.at)} by ${champion.cause}${approved}\n${champion.modelDigest}`;
}

function promotionText({ promotion }: PipelineStatus): string {
  if (promotion === null) return 'none open';
  const report = promotion.reportDigest === null ? '' : `, report ${shortDigest(promotion.reportDigest)}`;
  return [
    `${promotion.kind} of v${promotion.challengerVersion}, opened ${formatInstant(promotion.openedAt)} by ${promotion.openedBy}${report}`,
    `waits for ${promotion.waitsFor}`,
    ...promotion.commands.map((command) => `  ${command}`),
  ].join('\n');
}

function retrainText({ lastRetrainDecision: last }: PipelineStatus): string {
  if (last === null) return 'not asked yet';
  return [`${last.decision}, as of ${formatInstant(last.asOf)}`, ...last.grounds.map((ground) => `- ${ground}`)].join(
    '\n',
  );
}

function drillText({ lastDrill, pipeline }: PipelineStatus): string {
  if (lastDrill === null) return `none yet: gauntlet drill ${pipeline}`;
  return `${formatInstant(lastDrill.at)}, ${describeDrill(lastDrill)}`;
}

function publishedText({ tableVersion, windows, rows }: PipelineStatus['published']): string {
  if (tableVersion < 0) return 'nothing yet';
  return `${countOf(rows, 'row')} in ${countOf(windows, 'window')}, table version ${tableVersion}`;
}

function sections({ published, heldWindows, monitoring, fallbacks }: PipelineStatus): readonly string[] {
  const latest = renderTable(
    ['window', right('rows'), 'served by', right('epoch'), right('version'), 'operation', 'at'],
    published.latest.map((each) => [
      each.window,
      formatCount(each.rows),
      servedByText(each.served),
      String(each.decisionEpoch),
      String(each.version),
      each.rolloutEnd === null ? each.operation : `rollout ${each.rolloutEnd.outcome}`,
      formatInstant(each.at),
    ]),
  );
  const held = renderTable(
    ['window', 'held at', 'grounds'],
    heldWindows.map(({ window, at, grounds }) => [formatWindow(window), formatInstant(at), grounds.join('; ')]),
  );
  const stoodIn = renderTable(
    ['window', 'served by', 'since', 'why not the champion'],
    fallbacks.map(({ window, served, at, grounds }) => [
      formatWindow(window),
      served,
      formatInstant(at),
      grounds.join('; '),
    ]),
  );
  const verdicts = renderTable(
    ['window', 'verdict', 'performance', right('labelled'), 'decay', 'drift'],
    monitoring.map((each) => [
      formatWindow(each.window),
      each.verdict,
      performanceText(each),
      `${(each.labelCoverage * 100).toFixed(1)} %`,
      each.decayed ? 'yes' : 'no',
      each.driftedFeatures.join(', ') || '-',
    ]),
  );
  return [
    ...(published.latest.length === 0 ? [] : [`Last published windows\n${latest}`]),
    ...(heldWindows.length === 0 ? [] : [`Held windows\n${held}`]),
    ...(fallbacks.length === 0 ? [] : [`Served by a fallback\n${stoodIn}`]),
    ...(monitoring.length === 0 ? [] : [`Latest monitoring verdicts\n${verdicts}`]),
  ];
}

/** One model by its name; where several serve, each with its part. */
function servedByText(served: PipelineStatus['published']['latest'][number]['served']): string {
  const [only, ...others] = served;
  if (only === undefined) return '-';
  if (others.length === 0) return only.model;
  return served.map(({ model, cohort, rows }) => `${model} ${cohort} ${formatCount(rows)}`).join(', ');
}

/** All pipelines, one line each. */
export function renderOverview(statuses: readonly PipelineStatus[]): string {
  if (statuses.length === 0) return 'There is no pipeline yet: put a definition into pipelines/<name>/pipeline.ts.';
  const table = renderTable(
    [
      'pipeline',
      'champion',
      'previous',
      right('epoch'),
      'alias',
      'promotion',
      'last window',
      right('rows'),
      right('held'),
      'monitoring',
    ],
    statuses.map((status) => [
      status.pipeline,
      status.champion === null ? '-' : `v${status.champion.to}`,
      status.previousChampion === null ? '-' : `v${status.previousChampion.version}`,
      String(status.decisionEpoch),
      status.alias.standing,
      status.promotion === null ? '-' : `v${status.promotion.challengerVersion} ${status.promotion.phase}`,
      status.published.latest[0]?.window ?? '-',
      formatCount(status.published.rows),
      String(status.heldWindows.length),
      status.monitoring[0]?.verdict ?? '-',
    ]),
  );
  return [table, ...statuses.flatMap(({ definitionProblem }) => definitionProblem ?? [])].join('\n');
}

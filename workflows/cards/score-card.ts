import type { ScorePlan } from '../../activities/scoring/scoring-activities.js';
import type { Rung } from '../../domain/score-ladder.js';
import { formatWindow } from '../../domain/window.js';
import type { ScoreResult } from '../api.js';
import { renderAuditLines } from './audit-lines.js';
import { count, short, table } from './text.js';

export function renderScorePlan(plan: ScorePlan): string {
  const shadows = plan.shadows.length === 0 ? 'none' : plan.shadows.map((model) => `v${model.version}`).join(', ');
  return table(
    ['pinned', ''],
    [
      ['window', formatWindow(plan.window)],
      ['as of', plan.asOf],
      ['champion', `v${plan.champion.version} (${short(plan.champion.modelDigest)})`],
      ...challengerRow(plan),
      ['in shadow', shadows],
      ['decision epoch', String(plan.decisionEpoch)],
    ],
  );
}

function challengerRow({ split = null }: ScorePlan): string[][] {
  if (split === null || split.sharePercent === 0) return [];
  const { challenger, sharePercent, step } = split;
  const text = `v${challenger.version} (${short(challenger.modelDigest)}) for ${String(sharePercent)} % of the entities, step ${String(step + 1)}`;
  return [['challenger', text]];
}

/** The plan with the rung that is tried now and how far it is. */
export function renderScoring(plan: ScorePlan, { served }: Rung, progress: string): string {
  const by = served.cohort === 'champion' ? [] : [`Scoring with the fallback ${served.model.version}.`];
  return [renderScorePlan(plan), ...by, `\`${progress}\``].join('\n\n');
}

/** Who served, and how many rows where it was not one model alone. */
function servedBy({ model, cohort, rows, challenger, rowsWithoutEntity = 0 }: ScoreResult): string {
  if (challenger === undefined) return `v${model.version} (${cohort})`;
  const unassigned = rowsWithoutEntity === 0 ? '' : `, of them ${count(rowsWithoutEntity)} without an entity`;
  return `v${model.version} (${cohort}): ${count(rows - challenger.rows)} rows${unassigned}; v${challenger.model.version} (challenger, ${String(challenger.sharePercent)} %): ${count(challenger.rows)} rows`;
}

export function renderScoreResult(result: ScoreResult): string {
  const rows = [
    ['window', formatWindow(result.window)],
    ['rows', count(result.rows)],
    ['positive decisions', count(result.positives)],
    ['served by', servedBy(result)],
    ['table version', result.tableVersion === null ? '–' : String(result.tableVersion)],
  ];
  const warnings = (result.warnings ?? []).map((warning) => `warning: ${warning}`);
  const lines = [...result.grounds, ...warnings, ...renderAuditLines(result.audit)];
  return [result.summary, table(['result', ''], rows), ...lines.map((line) => `- ${line}`)].join('\n\n');
}

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
      ['in shadow', shadows],
      ['decision epoch', String(plan.decisionEpoch)],
    ],
  );
}

/** The plan with the rung that is tried now and how far it is. */
export function renderScoring(plan: ScorePlan, { served }: Rung, progress: string): string {
  const by = served.cohort === 'champion' ? [] : [`Scoring with the fallback ${served.model.version}.`];
  return [renderScorePlan(plan), ...by, `\`${progress}\``].join('\n\n');
}

export function renderScoreResult(result: ScoreResult): string {
  const rows = [
    ['window', formatWindow(result.window)],
    ['rows', count(result.rows)],
    ['positive decisions', count(result.positives)],
    ['served by', `v${result.model.version} (${result.cohort})`],
    ['table version', result.tableVersion === null ? '–' : String(result.tableVersion)],
  ];
  const warnings = (result.warnings ?? []).map((warning) => `warning: ${warning}`);
  const lines = [...result.grounds, ...warnings, ...renderAuditLines(result.audit)];
  return [result.summary, table(['result', ''], rows), ...lines.map((line) => `- ${line}`)].join('\n\n');
}

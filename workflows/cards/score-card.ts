import type { ScorePlan } from '../../activities/scoring/scoring-activities.js';
import type { ScoreResult } from '../api.js';
import { count, day, short, table } from './text.js';

export function renderScorePlan(plan: ScorePlan): string {
  const shadows = plan.shadows.length === 0 ? 'none' : plan.shadows.map((model) => `v${model.version}`).join(', ');
  return table(
    ['pinned', ''],
    [
      ['window', `${day(plan.window.start)} to ${day(plan.window.end)}`],
      ['as of', plan.asOf],
      ['champion', `v${plan.champion.version} (${short(plan.champion.modelDigest)})`],
      ['in shadow', shadows],
      ['decision epoch', String(plan.decisionEpoch)],
    ],
  );
}

export function renderScoreResult(result: ScoreResult): string {
  const rows = [
    ['window', `${day(result.window.start)} to ${day(result.window.end)}`],
    ['rows', count(result.rows)],
    ['positive decisions', count(result.positives)],
    ['served by', `v${result.model.version} (${result.cohort})`],
    ['table version', result.tableVersion === null ? '–' : String(result.tableVersion)],
  ];
  const warnings = (result.warnings ?? []).map((warning) => `- warning: ${warning}`);
  const grounds = result.grounds.map((ground) => `- ${ground}`);
  return [result.summary, table(['result', ''], rows), ...grounds, ...warnings].join('\n\n');
}

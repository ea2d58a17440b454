import { sayApprovals } from '../domain/promotion/asked-people.js';
import { sayChurnForecast } from '../domain/rollout/churn-forecast.js';
import { sayHarmReach } from '../domain/rollout/harm-reach.js';
import type { RolloutStep } from '../domain/rollout/rollout-policy.js';
import type { PlannedTransition } from '../workflows/api.js';
import { shortInstant } from './workflow-starts.js';
import { countOf, formatInstant, renderFields, shortDigest } from './text-table.js';

/** A plan as a person reads it before applying it: what becomes of whom, on what evidence, and what undoing it costs. */
export function renderPlan(plan: PlannedTransition): string {
  const { champion, challenger, checks, verdict, planDigest } = plan;
  const from = champion === null ? 'baseline' : `v${champion.version}`;
  return [
    renderFields([
      ['plan', planDigest],
      ['transition', `${from} -> v${challenger.version}, decision epoch ${String(plan.decisionEpoch)}`],
      ['definition', plan.definitionDigest],
      ['evidence', `report ${shortDigest(plan.reportDigest)}, as of ${formatInstant(plan.asOf)}`],
      ['gates', `${verdict}: ${gatesText(checks)}`],
      [
        'steps',
        [`the report is approved: ${approvalText(plan)}`, ...stepsOf(plan)]
          .map((step, index) => `${String(index + 1)}. ${step}`)
          .join('\n'),
      ],
      ...(plan.harm === undefined ? [] : [['harm shown', sayHarmReach(plan.harm)] as const]),
      ...(plan.churn === undefined ? [] : [['warning', sayChurnForecast(plan.churn)] as const]),
      ['undo', undoText(plan)],
    ]),
    verdict === 'pass'
      ? `Apply exactly this: gauntlet promote ${plan.pipeline}${startOf(plan)} --apply ${shortDigest(planDigest)}`
      : 'Its gates do not pass, so there is nothing to apply.',
  ].join('\n\n');
}

/** Whoever asks for the promotion is known when somebody does. */
function approvalText({ approval }: PlannedTransition): string {
  return approval === undefined
    ? 'by a person'
    : `it takes ${sayApprovals(approval)}, and not whoever applies the plan`;
}

/** Options that a start needs besides the plan, which says which version it takes and by which path. */
function startOf({ asOf, isAsOfAsked }: PlannedTransition): string {
  return isAsOfAsked === true ? ` --as-of ${shortInstant(asOf)}` : '';
}

/** Only checks that are enforced decide; the others are counted apart. */
function gatesText(checks: PlannedTransition['checks']): string {
  const passed = (of: PlannedTransition['checks']) => of.filter(({ verdict }) => verdict === 'pass').length;
  const deciding = checks.filter(({ mode }) => mode === 'enforce');
  const others = checks.filter(({ mode }) => mode !== 'enforce');
  const text = `${String(passed(deciding))} of ${countOf(deciding.length, 'check')} that decide passed`;
  return others.length === 0 ? text : `${text}, ${String(passed(others))} of ${String(others.length)} others`;
}

function stepsOf({ rollout, challenger, champion, watchCycles }: PlannedTransition): readonly string[] {
  const watch =
    champion === null || watchCycles === 0
      ? []
      : [`for ${countOf(watchCycles, 'window')} v${champion.version} scores in shadow`];
  return [...rollout.map(stepText), `v${challenger.version} is champion`, ...watch];
}

function stepText(step: RolloutStep): string {
  const cycles = countOf(step.cycles, 'window');
  return step.kind === 'shadow'
    ? `the challenger scores in shadow for ${cycles}`
    : `the challenger serves ${String(step.sharePercent)} % of the entities for ${cycles}`;
}

function undoText({ undo, pipeline, watchCycles }: PlannedTransition): string {
  if (undo.to === null) return 'a rollback has no champion to restore: promote another version';
  const rows = undo.rowsPerWindow === null ? 'its rows' : countOf(undo.rowsPerWindow, 'row');
  const seconds =
    undo.secondsPerWindow === null ? '' : `, which takes at most ${undo.secondsPerWindow.toFixed(1)} s each`;
  return [
    `gauntlet rollback ${pipeline} --reason "…" restores v${undo.to.version} and replaces every window scored since, ${rows} each:`,
    watchCycles === 0
      ? `by scoring again${seconds}`
      : `the first ${countOf(watchCycles, 'window')} from shadow scores, later ones by scoring again${seconds}`,
  ].join('\n');
}

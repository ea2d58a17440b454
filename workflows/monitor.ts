import type { MonitoringActivities } from '../activities/monitoring/monitoring-activities.js';
import type { ProjectionActivities } from '../activities/promotion/projection-activities.js';
import type { Verdict } from '../domain/verdict.js';
import { aliasOptions, computeOptions, controlOptions } from './activity-options.js';
import { newsSignals, type MonitorResult } from './api.js';
import { renderMonitorResult } from './cards/monitor-card.js';
import { tell } from './promotion/news.js';
import { ifRegistryAnswers } from './registry-patience.js';
import { runContext, stampNow } from './run-context.js';
import { openStatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginMonitor } = steps<MonitoringActivities>(controlOptions);
const { monitorWindow } = steps<MonitoringActivities>(computeOptions);
const { projectChampion } = steps<ProjectionActivities>(aliasOptions);

/** Judges published windows whose labels have matured, and checks that the alias still says what the ledger says. */
export async function monitor(input: unknown): Promise<MonitorResult> {
  const board = openStatusBoard('Monitor');
  const run = runContext();
  const plan = await beginMonitor({ input, run });
  board.begin(plan);
  const windows = [];
  for (const [index, window] of plan.windows.entries()) {
    board.show({ phase: `judging window ${index + 1} of ${plan.windows.length}` });
    windows.push(await monitorWindow({ plan, window, stamp: stampNow(run, plan.actor) }));
  }
  if (plan.promotionWorkflowId !== undefined && windows.length > 0)
    await tell(board, plan.promotionWorkflowId, newsSignals.windowsJudged);
  const alias = await ifRegistryAnswers(board, 'alias check', () =>
    projectChampion({
      pipeline: plan.pipeline,
      definitionDigest: plan.definitionDigest,
      stamp: stampNow(run, plan.actor),
    }),
  );
  const result: MonitorResult = {
    summary: windows.length === 0 ? plan.nothingDue : `Judged ${windows.length} window(s): ${countVerdicts(windows)}.`,
    windows,
    alias: alias?.summary ?? 'the registry did not answer; the alias is checked again by the next run',
  };
  board.show({ phase: 'done', ...worstVerdict(windows) }, renderMonitorResult(result));
  return result;
}

/** Harm in one window is what somebody looks for; nothing when none was judged. */
function worstVerdict(windows: readonly { readonly verdict: Verdict }[]): { readonly verdict?: Verdict } {
  const worst = (['fail', 'inconclusive', 'pass'] as const).find((verdict) =>
    windows.some((window) => window.verdict === verdict),
  );
  return worst === undefined ? {} : { verdict: worst };
}

function countVerdicts(windows: readonly { readonly verdict: string }[]): string {
  const verdicts = ['pass', 'fail', 'inconclusive'];
  return verdicts.map((verdict) => `${windows.filter((w) => w.verdict === verdict).length} ${verdict}`).join(', ');
}

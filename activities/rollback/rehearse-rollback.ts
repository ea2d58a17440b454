import { judgeDrill } from '../../domain/drill.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { replacedDecisionsOf } from '../../domain/replaced-decisions.js';
import type { RollbackDrilled } from '../../domain/ledger/publication-events.js';
import type { RollbackResult } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Rehearsals } from '../ports/rehearsal.js';
import type { Store } from '../ports/store.js';
import { windowOf } from '../window-partition.js';
import { replaceServed, type ReplacementJob, type ReplacementServices } from './replace-served.js';
import { restoreInLedger } from './restore-champion.js';
import type { RollbackPlan } from './rollback-plan.js';
import { verifyTarget } from './verify-target.js';

export type RehearsalServices = ReplacementServices & { readonly rehearsals: Rehearsals };

/** A rehearsal is of a whole rollback, its record included. */
export type RehearsalJob = ReplacementJob & { readonly plan: RollbackPlan };

/**
 * Does everything a rollback does (target, record, replacement, correction file) in a place of its own, by the code that
 * does it in earnest, measures it, and records in the real ledger how it went. Nothing else that is real is touched.
 */
export async function rehearseRollback(services: RehearsalServices, job: RehearsalJob): Promise<RollbackResult> {
  const { plan, stamp } = job;
  const place = await services.rehearsals.open(plan.rollbackId);
  try {
    const before = await services.table.load(plan.pipeline, 'predictions');
    const startedMs = performance.now();
    const scratch = { ...services, store: place.store, table: place.table };
    await verifyTarget(scratch, { to: plan.to, others: [] });
    await restoreInLedger(place.store, plan, stamp);
    let recoveredMs = startedMs;
    const replaced = await replaceServed(scratch, { ...job, onServed: () => (recoveredMs = performance.now()) });
    const after = await place.table.load(plan.pipeline, 'predictions');
    const { state } = await readLedger(place.store, plan.pipeline);
    const grounds = judgeDrill({ before, after, ledger: state });
    const commit = (await place.table.history(plan.pipeline, 'predictions')).at(-1);
    const ends = new Map((commit?.added ?? []).map((file) => [file.window, file]));
    const recorded = await recordDrill(services.store, plan, stamp, {
      type: 'rollback-drilled',
      drillId: plan.rollbackId,
      from: plan.from,
      to: plan.to,
      verdict: grounds.length === 0 ? 'pass' : 'fail',
      windows: [...ends.values()].map(windowOf),
      rowsReplaced: replaced.rowsReplaced,
      decisionsChanged: replaced.decisionsChanged,
      fromShadow: replaced.fromShadow,
      rescored: replaced.rescored,
      recoveryMs: Math.round(recoveredMs - startedMs),
      correctionsMs: Math.round(performance.now() - recoveredMs),
      grounds,
      ...replacedDecisionsOf(replaced),
    });
    return resultOf(plan, replaced.windows, recorded);
  } catch (error) {
    if (error instanceof PermanentFailure) await recordFailedDrill(services.store, plan, stamp, error);
    throw error;
  } finally {
    await place.remove();
  }
}

/** A target that cannot be verified, or cannot score, is what a drill is there to find. */
export async function recordFailedDrill(
  store: Store,
  plan: Pick<RollbackPlan, 'pipeline' | 'rollbackId' | 'from' | 'to' | 'reason'>,
  stamp: Stamp,
  failure: PermanentFailure,
): Promise<void> {
  const nothing = { rowsReplaced: 0, decisionsChanged: 0, fromShadow: 0, rescored: 0 };
  await recordDrill(store, plan, stamp, {
    type: 'rollback-drilled',
    drillId: plan.rollbackId,
    from: plan.from,
    to: plan.to,
    verdict: 'fail',
    windows: [],
    ...nothing,
    recoveryMs: 0,
    correctionsMs: 0,
    grounds: [failure.message],
  });
}

/** A second attempt that measured other times finds the record of the first. */
async function recordDrill(
  store: Store,
  { pipeline, rollbackId, reason }: Pick<RollbackPlan, 'pipeline' | 'rollbackId' | 'reason'>,
  stamp: Stamp,
  event: RollbackDrilled,
): Promise<RollbackDrilled> {
  crashPoint('before-drill-record');
  const { record } = await appendFact(store, { pipeline, recordId: rollbackId, reason, event, stamp });
  crashPoint('after-drill-record');
  return record.event.type === 'rollback-drilled' ? record.event : event;
}

function resultOf(plan: RollbackPlan, windows: readonly string[], drilled: RollbackDrilled): RollbackResult {
  const { verdict, rowsReplaced, decisionsChanged, fromShadow, rescored, recoveryMs, correctionsMs, grounds } = drilled;
  const seconds = (recoveryMs / 1_000).toFixed(1);
  const rows = rowsReplaced.toLocaleString('en-US');
  const how =
    verdict === 'pass'
      ? `version ${plan.to.version} would serve instead of version ${plan.from.version} after ${seconds} s, with ${rows} predictions in ${String(windows.length)} window(s) replaced`
      : grounds.join('; ');
  return {
    status: 'drilled',
    summary: `Drill ${verdict === 'pass' ? 'passed' : 'failed'}: ${how}. Nothing that is served was changed.`,
    rollbackId: null,
    from: plan.from,
    to: plan.to,
    windows,
    rowsReplaced,
    decisionsChanged,
    fromShadow,
    rescored,
    correctionFile: null,
    tableVersion: null,
    alias: 'unchanged',
    drill: { verdict, recoveryMs, correctionsMs, grounds },
    ...replacedDecisionsOf(drilled),
  };
}

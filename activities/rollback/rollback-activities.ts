import { PermanentFailure } from '../../domain/failure-types.js';
import { isPinRevoked } from '../../domain/ledger/revocation.js';
import { promotionToTell } from '../../domain/ledger/promotion-owner.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { RollbackInput } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { appendFact } from '../append-fact.js';
import { versionOf } from '../evidence/choose-sides.js';
import { crashPoint } from '../crash-point.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import { replaceServed, type ReplacementServices } from './replace-served.js';
import type { ReplacedPredictions, RollbackPlan } from './rollback-plan.js';
import { verifyTargetFits } from './target-fit.js';

/** Scores of the golden rows may differ by this much, and not more. */
const goldenTolerance = 1e-6;

/** The steps of `rollback`. */
export function createRollbackActivities(services: ReplacementServices) {
  return {
    beginRollback: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<RollbackPlan> =>
      whileHeartbeating(() => planRollback(services, input, run)),

    /** The one record that makes the target champion again and revokes the bad version. Repeating it finds the record. */
    async restoreChampion({ plan, stamp }: { readonly plan: RollbackPlan; readonly stamp: Stamp }): Promise<void> {
      crashPoint('before-champion-record');
      await appendFact(services.store, {
        pipeline: plan.pipeline,
        recordId: `champion/${plan.rollbackId}`,
        reason: plan.reason,
        event: {
          type: 'champion-changed',
          cause: 'rollback',
          decisionId: plan.rollbackId,
          from: plan.from,
          to: plan.to,
          reportDigest: null,
          approvalNumber: null,
          revokedDigests: [plan.from.modelDigest],
        },
        stamp,
      });
      crashPoint('after-champion-record');
    },

    replacePublished: (args: { readonly plan: RollbackPlan; readonly stamp: Stamp }): Promise<ReplacedPredictions> =>
      whileHeartbeating((signal, report) => replaceServed(services, { ...args, signal, report })),
  };
}

export type RollbackActivities = ReturnType<typeof createRollbackActivities>;

async function planRollback(services: ReplacementServices, input: unknown, run: RunContext): Promise<RollbackPlan> {
  const asked = parseWorkflowInput('rollback', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const ledger = await readLedger(services.store, definition.name);
  const { state } = ledger;
  const toTell = promotionToTell(ledger);
  const unfinished = asked.dryRun === true ? null : unfinishedRollback(state);
  const { from, to } = unfinished ?? chooseTarget(state, asked);
  await verifyTarget(services, to);
  const { files } = await services.table.load(definition.name, 'predictions');
  const affected = files.filter((file) => file.modelDigest === from.modelDigest);
  await verifyTargetFits(services, { pipeline: definition.name, to, affected });
  const windows = [...new Set(affected.map((file) => file.window))].sort();
  const rows = affected.reduce((sum, file) => sum + file.rows, 0);
  const rollbackId = unfinished?.rollbackId ?? `${definition.name}/rollback/${run.workflow.runId}`;
  return {
    pipeline: definition.name,
    definitionDigest: digest,
    rollbackId,
    from,
    to,
    dryRun: asked.dryRun ?? false,
    preview: {
      status: 'dry-run',
      summary: `Dry run: version ${to.version} would replace version ${from.version}, with ${rows.toLocaleString('en-US')} predictions in ${windows.length} window(s). How many decisions change is counted when it is done. Nothing was changed.`,
      rollbackId: null,
      from,
      to,
      windows,
      rowsReplaced: rows,
      decisionsChanged: 0,
      fromShadow: 0,
      rescored: 0,
      correctionFile: null,
      tableVersion: null,
      alias: 'unchanged',
    },
    ...(toTell === null ? {} : { promotionWorkflowId: toTell }),
    actor: actorOf(run, asked.by),
    reason: reasonOf(run, 'rollback', asked.reason),
  };
}

/** A rollback whose run ended between its record and the replacement: this run does the rest of that one. */
function unfinishedRollback(
  state: LedgerState,
): { readonly rollbackId: string; readonly from: ModelRef; readonly to: ModelRef } | null {
  const last = state.championHistory.at(-1);
  const before = state.championHistory.at(-2);
  if (
    last === undefined ||
    before === undefined ||
    last.cause !== 'rollback' ||
    state.replacements.has(last.decisionId)
  )
    return null;
  return { rollbackId: last.decisionId, from: before.model, to: last.model };
}

function chooseTarget(state: LedgerState, asked: RollbackInput): { readonly from: ModelRef; readonly to: ModelRef } {
  if (state.champion === null)
    throw new PermanentFailure('NO_CHAMPION', 'There is no champion, so there is nothing to roll back.');
  const to = asked.to === undefined ? state.previousChampion : versionOf(state, 'to', asked.to);
  if (to === null) {
    throw new PermanentFailure(
      'NO_ROLLBACK_TARGET',
      `Version ${state.champion.version} has no earlier champion behind it that still stands.`,
    );
  }
  const standing = standingChampions(state, state.champion);
  if (!standing.some((model) => model.modelDigest === to.modelDigest)) {
    const earlier = [...new Set(standing.map((model) => model.version))];
    throw new PermanentFailure('NO_ROLLBACK_TARGET', `Version ${to.version} cannot be restored.`, {
      problems: [
        {
          field: 'to',
          found: to.version,
          expected: `an earlier champion that no rollback took back: ${earlier.join(', ') || 'there is none'}`,
        },
      ],
    });
  }
  return { from: state.champion, to };
}

/** Champions before this one that no rollback has taken back. */
function standingChampions(state: LedgerState, champion: ModelRef): readonly ModelRef[] {
  return state.championHistory
    .filter(({ model, epoch }) => !isPinRevoked(state, { modelDigest: model.modelDigest, decisionEpoch: epoch }))
    .map(({ model }) => model)
    .filter((model) => model.modelDigest !== champion.modelDigest);
}

/** Refuses before anything is changed when the target is not there, not whole, or not the model it was. */
async function verifyTarget(services: ReplacementServices, to: ModelRef): Promise<void> {
  try {
    const { bundlePath } = await services.bundles.open(to.modelDigest);
    const golden = await services.scorer.checkBundle({ bundlePath, timeoutMs: services.scoreTimeoutMs });
    if (golden.maxDifference <= goldenTolerance) return;
    throw new PermanentFailure(
      'MODEL_CORRUPT',
      `its golden rows differ by ${golden.maxDifference}, at most ${goldenTolerance} is expected`,
    );
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    throw new PermanentFailure(
      'ROLLBACK_TARGET_UNVERIFIED',
      `Version ${to.version} cannot be restored, and nothing was changed: ${error.message}`,
      { cause: error },
    );
  }
}

import { parseDuration } from '../../domain/duration.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { Actor } from '../../domain/ledger/record.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { decideRetrain, type RetrainFacts } from '../../domain/retrain-rule.js';
import { isMatured } from '../../domain/time-windows.js';
import { planTrainingWindows, type TrainingWindows } from '../../domain/training-plan.js';
import type { RetrainInput } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { appendFact } from '../append-fact.js';
import { dataClock } from '../evidence/data-clock.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Definitions } from '../ports/definitions.js';
import type { PredictionTable, TableState } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { windowOf } from '../window-partition.js';
import { requireOwnName } from './registered-name.js';

/** What a retraining run fixed at its start, and what the retrain rule said. */
export interface RetrainPlan {
  readonly decision: 'retrain' | 'skip';
  readonly grounds: readonly string[];
  /** The run that trains: two equal retrains at once have a work folder each. */
  readonly runId: string;
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly asOf: string;
  readonly windows: TrainingWindows;
  readonly params: Readonly<Record<string, unknown>>;
  /** Start a promotion afterwards. */
  readonly promote: boolean;
  readonly actor: Actor;
  readonly reason: string;
}

export interface RetrainServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly table: PredictionTable;
}

export interface RetrainStart {
  readonly input: unknown;
  readonly run: RunContext;
  /** Workflow time of the decision. */
  readonly at: string;
}

/** Parses the input, asks the retrain rule and records its answer, whichever it is. */
export async function planRetrain(services: RetrainServices, { input, run, at }: RetrainStart): Promise<RetrainPlan> {
  const asked = parseWorkflowInput('retrain', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  await requireOwnName(services.store, definition);
  const { state } = await readLedger(services.store, definition.name);
  const published = await services.table.load(definition.name, 'predictions');
  const asOf = asked.asOf ?? run.scheduledFor ?? (await dataClock(services.table, definition));
  const rule = decideRetrain(
    retrainFacts({ state, published, definition, asOf, forced: run.scheduleId === null }),
    definition.retrain,
  );
  const actor = actorOf(run, asked.by);
  const reason = reasonOf(run, 'retraining', asked.reason);
  const { record } = await appendFact(services.store, {
    pipeline: definition.name,
    recordId: `retrain/${run.workflow.workflowId}/${run.workflow.runId}`,
    reason,
    event: { type: 'retrain-decided', asOf, decision: rule.decision, grounds: rule.grounds },
    stamp: { at, actor, workflow: run.workflow },
  });
  // A repeated attempt finds its own record, which the rule would now take for an earlier retrain.
  const { decision, grounds } = record.event.type === 'retrain-decided' ? record.event : rule;
  return {
    decision,
    grounds,
    runId: run.workflow.runId,
    pipeline: definition.name,
    definitionDigest: digest,
    asOf,
    windows: planTrainingWindows(definition, asOf, trainingLength(asked)),
    params: { ...definition.training.params, ...asked.params },
    promote: asked.promote ?? state.champion !== null,
    actor,
    reason,
  };
}

function trainingLength(asked: RetrainInput): number | undefined {
  if (asked.trainingWindow === undefined) return undefined;
  const ms = parseDuration(asked.trainingWindow);
  if (ms !== null && ms > 0) return ms;
  throw new PermanentFailure('INVALID_INPUT', 'retrain cannot start with this input.', {
    problems: [
      { field: 'trainingWindow', found: `"${asked.trainingWindow}"`, expected: 'a length of time such as "14 days"' },
    ],
    example: '{"pipeline":"flights","trainingWindow":"14 days"}',
  });
}

function retrainFacts(args: {
  readonly state: LedgerState;
  readonly published: TableState;
  readonly definition: PipelineDefinition;
  readonly asOf: string;
  readonly forced: boolean;
}): RetrainFacts {
  const { state, published, definition, asOf } = args;
  const newest = [...state.models.values()].at(-1);
  const trainedUntil = newest?.trainingWindow.end ?? null;
  const last = state.monitoredWindows.at(-1);
  const unseen = published.files.filter((file) => {
    const window = windowOf(file);
    return (trainedUntil === null || window.start >= trainedUntil) && isMatured(definition.label, window, asOf);
  });
  return {
    asOf,
    trainedUntil,
    retrainedAt: state.retrainDecisions.filter((d) => d.decision === 'retrain').map((d) => d.asOf),
    newLabelledRows: unseen.reduce((rows, file) => rows + file.rows, 0),
    decayed: last?.decayed ?? false,
    driftedFeatures: last?.driftedFeatures ?? [],
    datasetDrifted: (last?.driftedFeatures.length ?? 0) * 2 >= definition.dataset.features.length,
    forced: args.forced,
  };
}

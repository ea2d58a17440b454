import { digestOf } from '../../contracts/digest.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { askedProbes } from '../../domain/gates/asked-probes.js';
import { newestEligibleChallenger } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { planRefitFolds, type RefitFold } from '../../domain/training-plan.js';
import type { BacktestInput } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { reasonOf } from '../actor.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { TrainingPlan } from '../training/training-activities.js';
import { foldsBehind, versionOf } from './choose-sides.js';
import { countReuse } from './count-reuse.js';
import { clockFor } from './data-clock.js';
import type { EvidencePlan, EvidenceServices, PlannedFold } from './evidence-plan.js';
import { lineageOf } from './training-lineage.js';

type Services = Pick<EvidenceServices, 'store' | 'definitions' | 'dataset' | 'bundles' | 'table'>;

interface Start {
  readonly input: unknown;
  readonly run: RunContext;
}

/** Parses the input and fixes both sides and the folds: of the registered versions, or of versions trained for each fold. */
export async function planBacktest(services: Services, { input, run }: Start): Promise<EvidencePlan> {
  const asked = parseWorkflowInput('backtest', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const { records, state } = await readLedger(services.store, definition.name);
  const challenger = chooseChallenger(state, asked);
  const champion = chooseOpponent(state, asked, challenger);
  const asOf = asked.asOf ?? run.scheduledFor ?? (await clockFor(services, definition, state, challenger));
  const common = {
    pipeline: definition.name,
    definitionDigest: digest,
    kind: champion === null ? 'bootstrap' : 'promotion',
    asOf,
    decisionEpoch: state.decisionEpoch,
    challenger,
    champion,
    reason: reasonOf(run, 'backtest', asked.reason),
    at: run.startedAt,
  } as const;
  if (asked.refit === true) {
    const folds = await planRefits(services, { asked, definition, asOf, run, challenger, champion });
    return { ...common, folds, probes: [], refit: true };
  }
  const folds = foldsBehind(definition, asOf, state, [challenger, champion]);
  return {
    ...common,
    folds: folds.map((window, index) => ({ index, window })),
    reuse: await countReuse(services.store, records, { challengerDigest: challenger.modelDigest, folds }),
    probes: askedProbes(definition.gates),
  };
}

function chooseChallenger(state: LedgerState, asked: BacktestInput): ModelRef {
  if (asked.challenger !== undefined) return versionOf(state, 'challenger', asked.challenger);
  const newest = newestEligibleChallenger(state)?.model ?? [...state.models.values()].at(-1)?.model;
  if (newest !== undefined) return newest;
  throw new PermanentFailure('NO_CHALLENGER', 'There is no version to test yet: retrain first.', {
    example: `{"pipeline":"${asked.pipeline}"}`,
  });
}

function chooseOpponent(state: LedgerState, asked: BacktestInput, challenger: ModelRef): ModelRef | null {
  if (asked.against === 'baseline') return null;
  const opponent = asked.against === undefined ? state.champion : versionOf(state, 'against', asked.against);
  if (opponent === null || opponent.modelDigest !== challenger.modelDigest) return opponent;
  const found = `version ${challenger.version}, which is the opponent too`;
  throw identical('A version cannot be compared with itself.', asked, challenger, found);
}

function identical(headline: string, asked: BacktestInput, challenger: ModelRef, found: string): PermanentFailure {
  const against = '"against":"baseline"';
  return new PermanentFailure('IDENTICAL_MODELS', headline, {
    problems: [{ field: 'challenger', found, expected: `another version, or ${against}` }],
    example: `{"pipeline":"${asked.pipeline}","challenger":"${challenger.version}",${against}}`,
  });
}

interface RefitRequest {
  readonly asked: BacktestInput;
  readonly definition: PipelineDefinition;
  readonly asOf: string;
  readonly run: RunContext;
  readonly challenger: ModelRef;
  /** Null for the baseline, which is not trained. */
  readonly champion: ModelRef | null;
}

/**
 * What both sides are trained on for each fold: their own definition and parameters, on the same days. Throws
 * IDENTICAL_MODELS when they would come out as one model, TOO_FEW_ROWS when the data does not reach back far enough.
 */
async function planRefits(services: Services, request: RefitRequest): Promise<readonly PlannedFold[]> {
  const { asked, run, challenger, champion } = request;
  const { name } = request.definition;
  const own = await recipeOf(services, name, challenger);
  const other = champion === null ? null : await recipeOf(services, name, champion);
  if (own.identity === other?.identity) {
    const found = `version ${challenger.version}, with the dataset, parameters and seed of its opponent`;
    throw identical('Trained on the same days, both versions would be one model.', asked, challenger, found);
  }
  const folds = await foldsOfData(services, request);
  return folds.map(({ window, windows }, index) => {
    const planOf = ({ definitionDigest, params }: Recipe, side: string): TrainingPlan => ({
      runId: `${run.workflow.runId}-${String(index + 1)}-${side}`,
      pipeline: request.definition.name,
      definitionDigest,
      asOf: windows.knownAt,
      windows,
      params,
    });
    const refit = {
      challenger: planOf(own, 'challenger'),
      champion: other === null ? null : planOf(other, 'champion'),
    };
    return { index, window, refit };
  });
}

interface Recipe {
  readonly definitionDigest: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Digest of everything that shapes a model besides its days. */
  readonly identity: string;
}

async function recipeOf(services: Services, pipeline: string, model: ModelRef): Promise<Recipe> {
  const { manifest } = await services.bundles.open(model.modelDigest);
  const { definitionDigest } = await lineageOf(services, pipeline, manifest);
  const { trainer } = manifest;
  const { dataset, label, decision, validation, training } = await services.definitions.loadPinned(definitionDigest);
  const { command, seed } = training;
  const identity = digestOf({ dataset, label, decision, validation, command, seed, params: trainer.params });
  return { definitionDigest, params: trainer.params, identity };
}

async function foldsOfData(
  { dataset }: Services,
  { asked, definition, asOf }: RefitRequest,
): Promise<readonly RefitFold[]> {
  const coverage = await dataset.coverage(definition);
  const folds = asked.folds ?? definition.backtest.folds;
  const plan = coverage === null ? null : planRefitFolds(definition, { asOf, folds, dataFrom: coverage.first });
  if (plan?.status === 'planned') return plan.folds;
  const expected =
    plan === null || plan.possibleFolds === 0
      ? 'data with a whole training window before the first fold'
      : `at most ${String(plan.possibleFolds)}: the data begins at ${coverage?.first ?? ''}`;
  throw new PermanentFailure('TOO_FEW_ROWS', 'The data does not reach back far enough for these folds.', {
    problems: [{ field: 'folds', found: String(folds), expected }],
    example: `{"pipeline":"${definition.name}","refit":true}`,
  });
}

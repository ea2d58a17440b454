import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { askedProbes } from '../../domain/gates/asked-probes.js';
import type { ProbeName } from '../../domain/gates/probes.js';
import { newestEligibleChallenger } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { BacktestInput } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { reasonOf } from '../actor.js';
import { assembleReport } from './assemble-report.js';
import { foldsBehind, versionOf } from './choose-sides.js';
import { countReuse } from './count-reuse.js';
import { clockFor } from './data-clock.js';
import { evaluateOneFold } from './evaluate-fold.js';
import { measureOneProbe, type MeasuredProbe } from './measure-probe.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import { logReport } from './log-report.js';
import type {
  AssembledReport,
  EvaluatedFold,
  EvidencePlan,
  EvidenceServices,
  PlannedFold,
  RefittedModels,
} from './evidence-plan.js';

/** The steps of `backtest`, which `promote` takes too. */
export function createEvidenceActivities(services: EvidenceServices) {
  return {
    async beginBacktest({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<EvidencePlan> {
      const asked = parseWorkflowInput('backtest', input);
      const { definition, digest } = await services.definitions.load(asked.pipeline);
      const { records, state } = await readLedger(services.store, definition.name);
      const challenger = chooseChallenger(state, asked);
      const champion = chooseOpponent(state, asked, challenger);
      const asOf = asked.asOf ?? run.scheduledFor ?? (await clockFor(services, definition, state, challenger));
      const folds = foldsBehind(definition, asOf, state, [challenger, champion]);
      return {
        pipeline: definition.name,
        definitionDigest: digest,
        kind: champion === null ? 'bootstrap' : 'promotion',
        asOf,
        decisionEpoch: state.decisionEpoch,
        challenger,
        champion,
        folds: folds.map((window, index) => ({ index, window })),
        reuse: await countReuse(services.store, records, { challengerDigest: challenger.modelDigest, folds }),
        probes: askedProbes(definition.gates),
        reason: reasonOf(run, 'backtest', asked.reason),
        at: run.startedAt,
      };
    },

    evaluateFold: (args: {
      readonly plan: EvidencePlan;
      readonly fold: PlannedFold;
      readonly refitted?: RefittedModels;
    }): Promise<EvaluatedFold> =>
      whileHeartbeating((signal, report) => evaluateOneFold(services, { ...args, signal, report })),

    measureProbe: (args: {
      readonly plan: EvidencePlan;
      readonly folds: readonly EvaluatedFold[];
      readonly probe: ProbeName;
    }): Promise<MeasuredProbe | null> =>
      whileHeartbeating((signal, report) => measureOneProbe(services, { ...args, signal, report })),

    assembleGateReport: (args: {
      readonly plan: EvidencePlan;
      readonly folds: readonly EvaluatedFold[];
      readonly probes: readonly MeasuredProbe[];
    }): Promise<AssembledReport> => whileHeartbeating(() => assembleReport(services, args)),

    logGateReport: (args: { readonly plan: EvidencePlan; readonly report: AssembledReport }): Promise<string> =>
      logReport(services, args),
  };
}

export type EvidenceActivities = ReturnType<typeof createEvidenceActivities>;

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
  throw new PermanentFailure('IDENTICAL_MODELS', 'A version cannot be compared with itself.', {
    problems: [
      {
        field: 'challenger',
        found: `version ${challenger.version}, which is the opponent too`,
        expected: 'another version, or "against":"baseline"',
      },
    ],
    example: `{"pipeline":"${asked.pipeline}","challenger":"${challenger.version}","against":"baseline"}`,
  });
}

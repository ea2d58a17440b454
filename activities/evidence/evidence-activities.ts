import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { newestEligibleChallenger } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { Window } from '../../domain/window.js';
import type { BacktestInput, GateOutcome } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { reasonOf } from '../actor.js';
import { assembleReport, type EvidenceServices } from './assemble-report.js';
import { foldsBehind, versionOf } from './choose-sides.js';
import { dataClock } from './data-clock.js';
import { evaluateOneFold } from './evaluate-fold.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import { logReport } from './log-report.js';

export type { EvidenceServices };

/** Two sides and the days they are compared on, fixed before anything is measured. */
export interface EvidencePlan {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly kind: 'promotion' | 'bootstrap';
  readonly asOf: string;
  readonly decisionEpoch: number;
  readonly challenger: ModelRef;
  /** Null when the opponent is the baseline. */
  readonly champion: ModelRef | null;
  readonly folds: readonly { readonly index: number; readonly window: Window }[];
  readonly reason: string;
  /** Workflow time of the plan, for the registry's run. */
  readonly at: string;
}

/** A fold's rows, scored by both sides and labelled, as a file of the store. */
export interface EvaluatedFold {
  readonly index: number;
  readonly window: Window;
  readonly rows: number;
  readonly snapshotDigest: string;
  readonly sources: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  readonly path: string;
  /** Against the baseline, when a gate asks for it and the opponent is a champion. */
  readonly baselinePath: string | null;
}

export type AssembledReport = Omit<GateOutcome, 'reportUrl'>;

/** The steps of `backtest`, which `promote` takes too. */
export function createEvidenceActivities(services: EvidenceServices) {
  return {
    async beginBacktest({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<EvidencePlan> {
      const asked = parseWorkflowInput('backtest', input);
      const { definition, digest } = await services.definitions.load(asked.pipeline);
      const { state } = await readLedger(services.store, definition.name);
      const challenger = chooseChallenger(state, asked);
      const champion = chooseOpponent(state, asked, challenger);
      const asOf = asked.asOf ?? run.scheduledFor ?? (await clockFor(services, definition, state, challenger));
      return {
        pipeline: definition.name,
        definitionDigest: digest,
        kind: champion === null ? 'bootstrap' : 'promotion',
        asOf,
        decisionEpoch: state.decisionEpoch,
        challenger,
        champion,
        folds: foldsBehind(definition, asOf, state, [challenger, champion]).map((window, index) => ({ index, window })),
        reason: reasonOf(run, 'backtest', asked.reason),
        at: run.startedAt,
      };
    },

    evaluateFold: (args: {
      readonly plan: EvidencePlan;
      readonly fold: EvidencePlan['folds'][number];
    }): Promise<EvaluatedFold> =>
      whileHeartbeating((signal, report) => evaluateOneFold(services, { ...args, signal, report })),

    assembleGateReport: (args: {
      readonly plan: EvidencePlan;
      readonly folds: readonly EvaluatedFold[];
    }): Promise<AssembledReport> => whileHeartbeating(() => assembleReport(services, args)),

    logGateReport: (args: { readonly plan: EvidencePlan; readonly report: AssembledReport }): Promise<string> =>
      logReport(services, args),
  };
}

export type EvidenceActivities = ReturnType<typeof createEvidenceActivities>;

/** At least the clock that the challenger was trained at: its folds were kept free behind it. */
export async function clockFor(
  services: Pick<EvidenceServices, 'table'>,
  definition: Parameters<typeof dataClock>[1],
  state: LedgerState,
  challenger: ModelRef,
): Promise<string> {
  const clocks = [await dataClock(services.table, definition), state.models.get(challenger.modelDigest)?.asOf ?? ''];
  return clocks.sort().at(-1) ?? definition.window.start;
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

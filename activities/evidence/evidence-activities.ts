import type { ProbeName } from '../../domain/gates/probes.js';
import type { RunContext } from '../../workflows/run-context.js';
import { assembleReport } from './assemble-report.js';
import { planBacktest } from './begin-backtest.js';
import { evaluateOneFold } from './evaluate-fold.js';
import { measureOneProbe, type MeasuredProbe } from './measure-probe.js';
import { whileHeartbeating } from '../heartbeat.js';
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
    beginBacktest: (start: { readonly input: unknown; readonly run: RunContext }): Promise<EvidencePlan> =>
      planBacktest(services, start),

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
    }): Promise<MeasuredProbe> =>
      whileHeartbeating((signal, report) => measureOneProbe(services, { ...args, signal, report })),

    assembleGateReport: (args: {
      readonly plan: EvidencePlan;
      readonly folds: readonly EvaluatedFold[];
      readonly probes?: readonly MeasuredProbe[];
    }): Promise<AssembledReport> => whileHeartbeating((signal) => assembleReport(services, { ...args, signal })),

    logGateReport: (args: { readonly plan: EvidencePlan; readonly report: AssembledReport }): Promise<string> =>
      logReport(services, args),
  };
}

export type EvidenceActivities = ReturnType<typeof createEvidenceActivities>;

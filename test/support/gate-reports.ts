import type { Comparison } from '../../domain/gates/comparison.js';
import { evaluateGates } from '../../domain/gates/evaluate-gates.js';
import { composeGateReport, type GateReport, type GateReportFacts } from '../../domain/gates/gate-report.js';
import { noProbes } from '../../domain/gates/probes.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { ReportedTask, ReportedTraining } from '../../domain/gates/reported-task.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { pipeline } from './ledger.js';

export const examplePolicy: readonly GateSpec[] = [
  { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.02 },
  { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'origin', minRows: 100, harm: 0.05 },
  { mode: 'enforce', check: 'calibrated', maxEce: 0.1, maxSlopeError: null },
  { mode: 'enforce', check: 'loads', tolerance: 1e-6 },
];

export const exampleTask: ReportedTask = {
  label: { column: 'late', kind: 'binary', delayMs: 86_400_000 },
  windowMs: 86_400_000,
  entity: 'route',
  features: [
    { name: 'distance', kind: 'numeric' },
    { name: 'origin', kind: 'categorical' },
  ],
  sensitive: [],
  decision: { positiveRate: 0.2, topShare: 0.1, value: null },
  baseline: { expression: 'origin_lift', threshold: 0.25 },
};

export function exampleTraining(overrides: Partial<ReportedTraining> = {}): ReportedTraining {
  return {
    validationWindow: { start: '2001-03-01T00:00:00.000Z', end: '2001-03-08T00:00:00.000Z' },
    params: { trees: 150, leaves: 7 },
    seed: 1,
    libraryVersions: { lightgbm: '4.6.0' },
    ...overrides,
  };
}

/** A report over a measured comparison. */
export function gateReportOf(
  comparison: Comparison,
  overrides: Partial<GateReportFacts> = {},
  gates: readonly GateSpec[] = examplePolicy,
): GateReport {
  const loads = { status: 'measured', facts: { rows: 256, maxDifference: 1.2e-7 } } as const;
  const probes = overrides.probes ?? { ...noProbes, loads };
  const facts = { kind: overrides.kind ?? 'promotion', comparison, baselineComparison: null, probes } as const;
  const evaluation = evaluateGates(gates, facts);
  if (evaluation.status === 'refused') throw new Error(evaluation.why);
  const trained = { start: '2001-02-01T00:00:00.000Z', end: '2001-03-01T00:00:00.000Z' };
  const model = {
    registeredName: 'flights',
    trainingWindow: trained,
    definitionDigest: 'd'.repeat(64),
    training: exampleTraining(),
  };
  return composeGateReport(
    {
      pipeline: 'flights',
      champion: { ...model, modelDigest: comparison.champion.modelDigest, version: '1' },
      challenger: { ...model, modelDigest: comparison.challenger.modelDigest, version: '2' },
      task: exampleTask,
      decisionEpoch: 1,
      policyDigest: 'e'.repeat(64),
      snapshots: comparison.folds.map(({ fold, window }) => ({
        fold,
        window,
        championDigest: '1'.repeat(64),
        challengerDigest: '1'.repeat(64),
      })),
      sources: [{ name: 'flights', sha256: 'f'.repeat(64), bytes: 13_493_022 }],
      ...facts,
      ...overrides,
    },
    evaluation,
  );
}

/** As much of a passing report as its ledger record repeats: the second of two champions, or the first. */
export function passingReport(
  champion: Pick<ModelRef, 'modelDigest' | 'registeredName'> | null,
  challenger: Pick<ModelRef, 'modelDigest' | 'registeredName'>,
  check: string,
): object {
  return {
    pipeline,
    decisionEpoch: champion === null ? 0 : 1,
    champion: champion ?? { modelDigest: 'baseline', registeredName: null },
    challenger,
    checks: [{ name: check, verdict: 'pass' }],
    verdict: 'pass',
  };
}

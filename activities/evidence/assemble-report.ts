import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { composeGateReport, type GateReport } from '../../domain/gates/gate-report.js';
import { gateReportSentence } from '../../domain/gates/report-sentence.js';
import { reportTask } from '../../domain/gates/reported-task.js';
import { probeFor } from '../../domain/gates/asked-probes.js';
import { evaluateGates, type GateRefusal } from '../../domain/gates/evaluate-gates.js';
import type { ComparedSide, Comparison } from '../../domain/gates/comparison.js';
import type { VolumeFigures } from '../../domain/gates/probes.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { confirmReport } from './confirm-report.js';
import { sliceColumnsOf, sliceMetricsOf } from './evaluate-fold.js';
import { loadProbes, measureOneProbe, type MeasuredProbe } from './measure-probe.js';
import { outcomeOf } from './gate-outcome.js';
import { keepFigures } from './report-figures.js';
import { writePages } from './report-pages.js';
import { sideOf } from './report-sides.js';
import { lineageOf } from './training-lineage.js';
import type { AssembledReport, EvaluatedFold, EvidencePlan, EvidenceServices } from './evidence-plan.js';

interface Evidence {
  readonly plan: EvidencePlan;
  readonly folds: readonly EvaluatedFold[];
  /** Left out by steps that were handed out before there were probes. */
  readonly probes?: readonly MeasuredProbe[];
  /** Ends the work with its reason before the next part of it begins. */
  readonly signal: AbortSignal;
}

/**
 * Compares, checks every gate and keeps the report: canonical JSON under its own digest, and page and model card beside
 * it. The same folds and policy give the same digest. Throws IDENTICAL_MODELS or INVALID_DEFINITION when there is nothing to judge.
 */
export async function assembleReport(services: EvidenceServices, evidence: Evidence): Promise<AssembledReport> {
  const definition = await services.definitions.loadPinned(evidence.plan.definitionDigest);
  const { report, figures } = await measureReport(services, evidence, definition);
  evidence.signal.throwIfAborted();
  const digest = digestOf(report);
  const kept = await services.store.createIfAbsent(`reports/${digest}/report.json`, canonicalJson(report));
  if (kept === 'exists') await confirmReport(services.store, digest);
  if (figures !== null) await keepFigures(services.store, digest, figures);
  evidence.signal.throwIfAborted();
  const pages = await writePages(services, report, digest);
  return outcomeOf(report, { digest, sentence: gateReportSentence(report), folds: evidence.folds, pages });
}

async function measureReport(
  services: EvidenceServices,
  evidence: Evidence,
  definition: PipelineDefinition,
): Promise<{ readonly report: GateReport; readonly figures: VolumeFigures | null }> {
  const { plan, folds, signal } = evidence;
  const challenger = await sideOf(services, plan, plan.challenger, definition);
  const champion = await sideOf(services, plan, plan.champion, definition);
  const compare = (opponent: ComparedSide, pathOf: (fold: EvaluatedFold) => string | null): Promise<Comparison> =>
    runComparison(services, {
      plan,
      definition,
      champion: opponent,
      challenger: challenger.compared,
      folds,
      pathOf,
      signal,
    });
  const comparison = await compare(champion.compared, (fold) => fold.path);
  const baseline = await sideOf(services, plan, null, definition);
  const hasBaseline = folds.every((fold) => fold.baselinePath !== null);
  const baselineComparison = hasBaseline ? await compare(baseline.compared, (fold) => fold.baselinePath) : null;
  const { probes, figures } = await loadProbes(services, evidence.probes ?? (await measureLate(services, evidence)));
  const gates = gatesFor(plan, definition);
  const evaluation = evaluateGates(gates, { kind: plan.kind, comparison, baselineComparison, probes });
  if (evaluation.status === 'refused') {
    throw new PermanentFailure(
      isPolicyRefusal(evaluation.reason) ? 'INVALID_DEFINITION' : 'IDENTICAL_MODELS',
      `The gates cannot say anything: ${evaluation.why}.`,
    );
  }
  const report = composeGateReport(
    {
      pipeline: plan.pipeline,
      kind: plan.kind,
      champion: champion.reported,
      challenger: challenger.reported,
      task: reportTask(definition),
      decisionEpoch: plan.decisionEpoch,
      policyDigest: digestOf({ gates: definition.gates, backtest: definition.backtest }),
      snapshots: folds.map((fold) => ({
        fold: fold.index,
        window: fold.window,
        championDigest: fold.championSnapshotDigest ?? null,
        challengerDigest: fold.snapshotDigest,
        ...(fold.sides === undefined ? {} : { sides: fold.sides }),
      })),
      sources: folds[0]?.sources ?? [],
      comparison,
      baselineComparison,
      probes,
      ...(plan.refit === true ? { refit: true } : {}),
    },
    evaluation,
  );
  return { report, figures };
}

/** A run begun before there were probes has measured none: whether the model loads was looked at here. */
async function measureLate(
  services: EvidenceServices,
  { plan, folds, signal }: Evidence,
): Promise<readonly MeasuredProbe[]> {
  return [await measureOneProbe(services, { plan, folds, probe: 'loads', signal, report: () => undefined })];
}

/** Models that were trained for one fold are never served, so only what the comparison shows is judged of them. */
function gatesFor(plan: EvidencePlan, { gates }: PipelineDefinition): readonly GateSpec[] {
  return plan.refit === true ? gates.filter((gate) => probeFor(gate) === null) : gates;
}

/** Definitions are checked when they are loaded; one that was pinned before a rule existed may still be here. */
function isPolicyRefusal(reason: GateRefusal): boolean {
  return reason === 'no-gates' || reason === 'nothing-shown';
}

interface ComparisonJob {
  readonly plan: EvidencePlan;
  readonly definition: PipelineDefinition;
  readonly champion: ComparedSide;
  readonly challenger: ComparedSide;
  readonly folds: readonly EvaluatedFold[];
  readonly pathOf: (fold: EvaluatedFold) => string | null;
  readonly signal: AbortSignal;
}

async function runComparison(services: EvidenceServices, job: ComparisonJob): Promise<Comparison> {
  const { evaluator, store } = services;
  const { backtest } = job.definition;
  const files = await Promise.all(
    job.folds.map(async (fold) => ({ fold: fold.index, path: await store.localPath(job.pathOf(fold) ?? fold.path) })),
  );
  return evaluator.compare({
    champion: job.champion,
    challenger: job.challenger,
    folds: job.folds.map((fold) => ({ fold: fold.index, window: fold.window })),
    sliceColumns: await sliceColumnsFor(services, job),
    sliceMetrics: sliceMetricsOf(job.definition),
    labelKind: job.definition.label.kind,
    topShare: job.definition.decision.topShare,
    value: job.definition.decision.value,
    blocks: backtest.blocks,
    reuse: job.plan.reuse ?? 1,
    replicates: backtest.replicates,
    confidence: backtest.confidence,
    seed: backtest.seed,
    files,
    signal: job.signal,
  });
}

/** The fold files of versions trained anew have the columns of the challenger's own definition. */
async function sliceColumnsFor(services: EvidenceServices, { plan, definition }: ComparisonJob) {
  if (plan.refit !== true) return sliceColumnsOf(definition, definition);
  const { manifest } = await services.bundles.open(plan.challenger.modelDigest);
  const { definitionDigest } = await lineageOf(services, plan.pipeline, manifest);
  return sliceColumnsOf(definition, await services.definitions.loadPinned(definitionDigest));
}

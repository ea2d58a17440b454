import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { estimateIn, metricIn } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { WindowMonitored } from '../../domain/ledger/publication-events.js';
import type { Actor } from '../../domain/ledger/record.js';
import { metricsOf, type LabelKind, type MetricName } from '../../domain/metrics.js';
import type { PublishedPerformance } from '../../domain/monitoring.js';
import { decideDecay, type DecayDecision } from '../../domain/monitoring/decide-decay.js';
import { decideDrift } from '../../domain/monitoring/decide-drift.js';
import { decideMonitoring } from '../../domain/monitoring/decide-monitoring.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { promotionToTell } from '../../domain/ledger/promotion-owner.js';
import { championsFiles } from '../../domain/served-rows.js';
import { isMatured } from '../../domain/time-windows.js';
import type { Window } from '../../domain/window.js';
import { windowOf } from '../window-partition.js';
import type { MonitorResult } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { appendFact } from '../append-fact.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import { localPathsOf } from '../publication/table-file.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { Evaluator } from '../ports/evaluation.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';

export interface MonitoringServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly evaluator: Evaluator;
  readonly bundles: ModelBundles;
  readonly table: PredictionTable;
}

export interface MonitorPlan {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly asOf: string;
  readonly windows: readonly Window[];
  /** Said when there are no windows. */
  readonly nothingDue: string;
  /** The run of the promotion that rolls out or watches, which is told of the verdicts; left out where there is none. */
  readonly promotionWorkflowId?: string;
  readonly actor: Actor;
  readonly reason: string;
}

/** Windows judged by one run; a longer backlog is taken up by the next run. */
const windowsPerRun = 60;
const waitForLabelsMs = 30 * 86_400_000;

/** The steps of `monitor`. */
export function createMonitoringActivities(services: MonitoringServices) {
  return {
    beginMonitor: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<MonitorPlan> =>
      planMonitor(services, input, run),

    monitorWindow: (args: {
      readonly plan: MonitorPlan;
      readonly window: Window;
      readonly stamp: Stamp;
    }): Promise<MonitorResult['windows'][number]> =>
      whileHeartbeating((signal) => judgeWindow(services, { ...args, signal })),
  };
}

export type MonitoringActivities = ReturnType<typeof createMonitoringActivities>;

async function planMonitor(services: MonitoringServices, input: unknown, run: RunContext): Promise<MonitorPlan> {
  const asked = parseWorkflowInput('monitor', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const { files } = await services.table.load(definition.name, 'predictions');
  const ledger = await readLedger(services.store, definition.name);
  const { state } = ledger;
  const toTell = promotionToTell(ledger);
  const published = [...new Map(files.map((file) => [file.window, windowOf(file)])).values()].sort((a, b) =>
    a.start < b.start ? -1 : 1,
  );
  const asOf = asked.asOf ?? run.scheduledFor ?? latestMaturity(published, definition.label.delayMs, run.startedAt);
  const judged = new Set(
    state.monitoredWindows.filter((m) => isSettled(m, definition, asOf)).map((m) => m.window.start),
  );
  const due = published.filter((w) =>
    asked.window === undefined
      ? isMatured(definition.label, w, asOf) && !judged.has(w.start)
      : w.start === asked.window,
  );
  if (asked.window !== undefined && due.length === 0) throw notPublished(asked.window, published);
  return {
    pipeline: definition.name,
    definitionDigest: digest,
    asOf,
    windows: due.slice(0, windowsPerRun),
    nothingDue: `Nothing is due: no published window without a verdict has labels that are known at ${asOf}.`,
    ...(toTell === null ? {} : { promotionWorkflowId: toTell }),
    actor: actorOf(run, asked.by),
    reason: reasonOf(run, 'monitoring', asked.reason),
  };
}

/** Labels that came late may settle what was inconclusive; after a month nobody waits for them any more. */
function isSettled(monitored: WindowMonitored, definition: PipelineDefinition, asOf: string): boolean {
  const isCovered = monitored.labelCoverage >= definition.label.minCoverage;
  return isCovered || Date.parse(asOf) - Date.parse(monitored.window.end) > waitForLabelsMs;
}

/** Started by hand, everything published may be judged whose labels can be known by now. */
function latestMaturity(published: readonly Window[], delayMs: number, now: string): string {
  const last = published.at(-1);
  const matured = last === undefined ? now : new Date(Date.parse(last.end) + delayMs).toISOString();
  return matured < now ? matured : now;
}

function notPublished(window: string, published: readonly Window[]): PermanentFailure {
  const range =
    published.length === 0
      ? 'nothing is published yet'
      : `published windows begin from ${published[0]?.start ?? ''} to ${published.at(-1)?.start ?? ''}`;
  return new PermanentFailure('INVALID_INPUT', 'This window was not published.', {
    problems: [{ field: 'window', found: window, expected: `a published window; ${range}` }],
  });
}

interface Judgement {
  readonly signal: AbortSignal;
  readonly plan: MonitorPlan;
  readonly window: Window;
  readonly stamp: Stamp;
}

/** Joins what was published with labels known at the data clock, counts inputs into the training profile's bins, decides. */
async function judgeWindow(
  services: MonitoringServices,
  { plan, window, stamp, signal }: Judgement,
): Promise<MonitorResult['windows'][number]> {
  const { dataset, evaluator, bundles, store, table } = services;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const { files } = await table.load(plan.pipeline, 'predictions');
  const { state } = await readLedger(store, plan.pipeline);
  const served = files.filter((file) => windowOf(file).start === window.start);
  const published = championsFiles(state, served);
  const ref = await dataset.buildSnapshot({ definition, purpose: 'labelled', window, asOf: plan.asOf, signal });
  const labelledParts = await dataset.localParts(await dataset.loadSnapshot(plan.pipeline, ref.digest));
  const folder = table.folder(plan.pipeline, 'predictions');
  const publishedPaths = await localPathsOf(store, folder, published);
  const performance = await evaluator.measurePublished({
    publishedPaths,
    labelledParts,
    isWeighted: definition.label.weight !== null,
    labelKind: definition.label.kind,
  });
  const servedDigest = published[0]?.modelDigest ?? '';
  const profile = await bundles.profile(await profiledDigest(services, plan.pipeline, servedDigest));
  const counts = await evaluator.measureDrift({ parts: labelledParts, profile });
  const drift = decideDrift({ profile, counts, policy: definition.monitor });
  const promised = await promisedBy(services, {
    pipeline: plan.pipeline,
    servedDigest,
    metric: definition.monitor.metric,
  });
  const decay = decideDecay({ performance, promised, policy: definition.monitor });
  const decision = decideMonitoring({ performance, decay, drift, minCoverage: definition.label.minCoverage });
  const findings = {
    schemaVersion: 2,
    pipeline: plan.pipeline,
    window,
    asOf: plan.asOf,
    servedDigest,
    labels: ref.digest,
    performance,
    drift,
    decay,
    decision,
  };
  const reportDigest = digestOf(findings);
  await store.createIfAbsent(`reports/${reportDigest}/monitor.json`, canonicalJson(findings));
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `monitored/${window.start}/${reportDigest}`,
    reason: plan.reason,
    event: {
      type: 'window-monitored',
      window,
      reportDigest,
      verdict: decision.verdict,
      labelCoverage: performance.coverage ?? 0,
      metrics: recordedMetrics(performance, definition.label.kind),
      performance: performanceRecord(decay),
      driftedFeatures: decision.driftedFeatures,
      decayed: decision.decayed,
    },
    stamp,
  });
  return { window, verdict: decision.verdict, summary: decision.grounds.join('; '), reportDigest };
}

/** A baseline has no profile of its own: the inputs are then compared with the champion's. */
async function profiledDigest({ store }: MonitoringServices, pipeline: string, servedDigest: string): Promise<string> {
  if (servedDigest !== 'baseline' && servedDigest !== '') return servedDigest;
  return (await readLedger(store, pipeline)).state.champion?.modelDigest ?? servedDigest;
}

/** Enough to follow a pipeline by; all that was measured stands in the findings. */
function recordedMetrics({ metrics }: PublishedPerformance, kind: LabelKind): WindowMonitored['metrics'] {
  const names: readonly MetricName[] = kind === 'binary' ? ['auc', 'logLoss', 'brier', 'ece'] : metricsOf(kind);
  return Object.fromEntries(names.map((name) => [name, metricIn(metrics, name).value]));
}

function performanceRecord(decay: DecayDecision): NonNullable<WindowMonitored['performance']> {
  const { metric, value, promised, lower, upper, margin } = decay;
  return { metric, value, promised, lower, upper, margin };
}

/** What the report that promoted a version said of it; null for one that was never promoted on a report. */
async function promisedBy(
  { store }: MonitoringServices,
  asked: { readonly pipeline: string; readonly servedDigest: string; readonly metric: MetricName },
): Promise<number | null> {
  const { state } = await readLedger(store, asked.pipeline);
  const term = state.championHistory.findLast(
    (t) => t.model.modelDigest === asked.servedDigest && t.reportDigest !== null,
  );
  const bytes = term === undefined ? null : await store.read(`reports/${term.reportDigest ?? ''}/report.json`);
  if (bytes === null) return null;
  const report = JSON.parse(Buffer.from(bytes).toString('utf8')) as GateReport;
  return estimateIn(report.comparison.pooled.challenger, asked.metric).value;
}

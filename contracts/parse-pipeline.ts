import { PermanentFailure } from '../domain/failure-types.js';
import { defaultFoldMs } from '../domain/fold-days.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import { defaultAnalysis } from '../domain/rollout/default-analysis.js';
import { exampleFor } from './example-for.js';
import { toMonitorPolicy } from './monitor-policy.js';
import { defaultWatchDeadlineMs } from '../domain/rollout/watch-deadline.js';
import type { PipelineSections } from './pipeline-definition.js';
import { findRuleProblems } from './readable-rules.js';
import { readSections } from './readable-sections.js';
import { toValidationRule } from './validation-rules.js';

/** A definition whose `dataset.sql` is still the path of a file, and whose source paths are as they were written. */
export type PipelineSource = PipelineDefinition;

/** Of the baseline's scores of a binary label. */
const DEFAULT_THRESHOLD = 0.5;

/** Reads what a definition file exports. Throws INVALID_DEFINITION with every problem and an example. */
export function parsePipeline(value: unknown, where: string): PipelineSource {
  const { given, problems } = readSections(value);
  const all = [...problems, ...findRuleProblems(given)];
  if (all.length > 0) {
    const example = exampleFor({ fields: all.map(({ field }) => field), written: value });
    throw new PermanentFailure('INVALID_DEFINITION', `${where} is not a valid pipeline definition.`, {
      problems: all,
      ...(example === null ? {} : { example }),
    });
  }
  return normalise(given.sections as PipelineSections);
}

function normalise(given: PipelineSections): PipelineSource {
  const { dataset, window, label, training, backtest, approval, retrain, schedules, retention } = given;
  const foldMs = backtest.fold ?? defaultFoldMs(window.every);
  return {
    name: given.name,
    registeredName: given.registeredName ?? given.name,
    dataset: {
      ...dataset,
      coverage: dataset.coverage ?? defaultCoverage(dataset.eventTime, Object.keys(dataset.sources)),
      features: Object.entries(dataset.features).map(([name, kind]) => ({ name, kind })),
    },
    window: { everyMs: window.every, start: window.start },
    label: {
      column: label.column,
      kind: label.kind,
      delayMs: label.delay,
      availableAt: label.availableAt,
      minCoverage: label.minCoverage,
      ingestionDelayMs: label.ingestionDelay,
      weight: label.weight,
    },
    decision: given.decision,
    baseline: { threshold: DEFAULT_THRESHOLD, ...given.baseline },
    training: {
      command: training.command,
      windowMs: training.window,
      validationMs: training.validation,
      params: training.params,
      seed: training.seed,
      timeoutMs: training.timeout,
    },
    backtest: {
      folds: backtest.folds,
      foldMs,
      stepMs: backtest.step ?? foldMs,
      gapMs: backtest.gap ?? label.delay + label.ingestionDelay,
      scheme: backtest.scheme,
      blocks: backtest.blocks,
      replicates: backtest.replicates,
      confidence: backtest.confidence,
      seed: backtest.seed,
    },
    gates: given.gates,
    approval: {
      deadlineMs: approval.deadline,
      reportMaxAgeMs: approval.maxAge,
      newerChallenger: approval.newerChallenger,
      quorum: approval.quorum,
      approvers: approval.approvers,
      unsigned: approval.unsigned ?? (approval.approvers.length === 0 ? 'accept' : 'refuse'),
    },
    rollout: given.rollout,
    watch: watchPolicy(given),
    analysis: { ...defaultAnalysis(label.kind), ...given.analysis },
    validation: given.validation.map(toValidationRule),
    audit: given.audit,
    monitor: toMonitorPolicy(given),
    retrain: {
      cooldownMs: retrain.cooldown,
      maxAgeMs: retrain.maxAge,
      minNewLabelledRows: retrain.minNewLabelledRows,
      maxPerWeek: retrain.maxPerWeek,
    },
    schedules: {
      score: schedules.score,
      monitor: schedules.monitor,
      retrain: schedules.retrain,
      catchUpMs: schedules.catchUp,
      paused: schedules.paused,
    },
    retention: {
      stagedAfterMs: retention.stagedAfter,
      graceMs: retention.grace,
      rollbackHorizonMs: retention.rollbackHorizon,
      publicationsAfterMs: retention.publicationsAfter,
      snapshotsAfterMs: retention.snapshotsAfter,
      modelsAfterMs: retention.modelsAfter,
    },
    notify: given.notify,
    registry: given.registry,
  };
}

function watchPolicy({ watch, window, label }: PipelineSections): PipelineDefinition['watch'] {
  const { cycles, poll, deadline } = watch;
  const windows = { cycles, everyMs: window.every, labelDelayMs: label.delay + label.ingestionDelay };
  return { cycles, pollMs: poll, deadlineMs: deadline ?? defaultWatchDeadlineMs(windows) };
}

/** With one source the event time is taken to be a column of it; a dataset that renames it says how to ask. */
function defaultCoverage(eventTime: string, sources: readonly string[]): string {
  const name = `"${eventTime.replaceAll('"', '""')}"`;
  const times = sources.map((source) => `SELECT min(${name}) AS first, max(${name}) AS last FROM ${source}`);
  return `SELECT min(first) AS first, max(last) AS last FROM (${times.join(' UNION ALL ')})`;
}

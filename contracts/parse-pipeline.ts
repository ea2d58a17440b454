import type { z } from 'zod';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';
import { defaultFoldMs } from '../domain/fold-days.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import { defaultAnalysis } from '../domain/rollout/default-analysis.js';
import { toMonitorPolicy } from './monitor-policy.js';
import { defaultWatchDeadlineMs } from '../domain/rollout/watch-deadline.js';
import { definitionRules } from './pipeline-definition-rules.js';
import { sections, type PipelineSections } from './pipeline-definition.js';
import { toValidationRule } from './validation-rules.js';

/** A definition whose `dataset.sql` is still the path of a file, and whose source paths are as they were written. */
export type PipelineSource = PipelineDefinition;

/** Of the baseline's scores of a binary label. */
const DEFAULT_THRESHOLD = 0.5;

const EXAMPLE = `export default definePipeline({
  name: 'flights',
  dataset: { sources: { flights: 'flights.parquet' }, sql: 'features.sql', key: 'row_key', entity: 'route',
             eventTime: 'departure_day', features: { distance: 'numeric', origin: 'categorical' } },
  window: { every: '1 day', start: '2001-02-01' },
  label: { column: 'late', delay: '1 day' },
  decision: { positiveRate: 0.2 },
  baseline: { expression: 'distance / 5000' },
  training: { command: ['python', 'trainers/lightgbm/train.py'], window: '28 days', validation: '7 days' },
  gates: [notWorse('auc', { margin: 0.002 }), loads()],
  rollout: [shadow({ cycles: 2 }), share(5, { cycles: 2 }), share(25, { cycles: 3 })],
})`;

/** Reads what a definition file exports. Throws INVALID_DEFINITION with every problem and an example. */
export function parsePipeline(value: unknown, where: string): PipelineSource {
  const { given, problems } = parseSections(value);
  const all = [...problems, ...definitionRules.flatMap((rule) => rule(given))];
  if (all.length > 0) {
    throw new PermanentFailure('INVALID_DEFINITION', `${where} is not a valid pipeline definition.`, {
      problems: all,
      example: EXAMPLE,
    });
  }
  return normalise(given as PipelineSections);
}

/** Each section by itself, so that one broken section does not hide what is wrong between the others. */
function parseSections(value: unknown): { given: Partial<PipelineSections>; problems: Problem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const problem = { field: 'default export', found: render(value), expected: 'definePipeline({ … })' };
    return { given: {}, problems: [problem] };
  }
  const known = Object.keys(sections);
  const problems: Problem[] = Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ field: key, found: 'an unknown field', expected: `one of ${known.join(', ')}` }));
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(sections)) {
    const found: unknown = Reflect.get(value, name);
    const parsed = schema.safeParse(found);
    if (parsed.success) given[name] = parsed.data;
    else problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, name, found)));
  }
  return { given, problems };
}

function toProblems(issue: z.core.$ZodIssue, section: string, value: unknown): Problem[] {
  const field = [section, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: `${field}.${key}`,
      found: 'an unknown field',
      expected: 'a field that the reference lists',
    }));
  }
  return [{ field, found: render(valueAt(value, issue.path)), expected: issue.message }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  return JSON.stringify(value).slice(0, 120);
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

import { z } from 'zod';
import {
  atLeast,
  column,
  count,
  cron,
  duration,
  instant,
  positiveDuration,
  share,
  text,
} from './pipeline-definition-fields.js';
import { source } from './source-definition.js';
import { approvalSection } from './approval-policy.js';
import { gate } from './gate-policy.js';
import { monitorSection } from './monitor-policy.js';
import { analysisSection, rolloutSection } from './rollout-policy.js';
import { validationSection } from './validation-rules.js';

const kind = z.enum(['numeric', 'categorical'], 'numeric or categorical');
const amount = z.number('a number; below zero for a cost').default(0);
const atLeastOne = (object: object) => Object.keys(object).length > 0;

/**
 * The sections of a definition as people write it: durations as text, files as paths relative to the definition's
 * folder, defaults left out. Every message says what would have been right.
 */
export const sections = {
  name: z
    .string('a pipeline name')
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'a pipeline name of lower-case letters, digits and hyphens'),
  registeredName: text('the name of a registered model').optional(),
  dataset: z.strictObject(
    {
      sources: z.record(z.string(), source, 'sources by table name').refine(atLeastOne, 'at least one source'),
      /** Path of the SQL file. */
      sql: text('the path of a SQL file'),
      coverage: text('one SELECT that gives first and last').optional(),
      key: column,
      entity: column,
      eventTime: column,
      features: z
        .record(z.string(), kind, 'feature columns with their kinds')
        .refine(atLeastOne, 'at least one feature'),
      sensitive: z.array(column, 'a list of columns').default([]),
    },
    'the dataset',
  ),
  window: z.strictObject({ every: positiveDuration, start: instant }, 'the window policy'),
  label: z.strictObject(
    {
      column,
      kind: z.enum(['binary', 'regression'], 'binary or regression').default('binary'),
      delay: duration,
      availableAt: column.default('label_available_at'),
      minCoverage: share('a share from 0 to 1').default(0.9),
      ingestionDelay: duration.default(0),
      weight: column.nullable().default(null),
    },
    'the label',
  ),
  decision: z.strictObject(
    {
      positiveRate: z.number('a share between 0 and 1').gt(0, 'a share above 0').lt(1, 'a share below 1'),
      topShare: z.number('a share between 0 and 1').gt(0, 'a share above 0').lt(1, 'a share below 1').default(0.1),
      value: z
        .strictObject(
          {
            unit: text('the unit of the values, such as "EUR"'),
            truePositive: amount,
            falsePositive: amount,
            trueNegative: amount,
            falseNegative: amount,
          },
          'what each kind of decision brings',
        )
        .nullable()
        .default(null),
    },
    'the decision policy',
  ),
  baseline: z.strictObject(
    {
      expression: text('a SQL expression over the feature columns'),
      /** 0.5 for a binary label; a number has no middle that all pipelines share. */
      threshold: z.number('a score').exactOptional(),
    },
    'the baseline',
  ),
  training: z.strictObject(
    {
      command: z.array(text('a program or argument'), 'the command as a list').min(1, 'the command as a list'),
      window: positiveDuration,
      validation: positiveDuration,
      params: z.record(z.string(), z.unknown(), 'parameters by name').default({}),
      seed: count(0).default(1),
      timeout: positiveDuration.default(1_800_000),
    },
    'the training policy',
  ),
  backtest: z
    .strictObject(
      {
        folds: count(3).default(3),
        fold: positiveDuration.optional(),
        step: positiveDuration.optional(),
        gap: duration.optional(),
        scheme: z.enum(['rolling', 'expanding'], 'rolling or expanding').default('rolling'),
        blocks: z.enum(['day', 'entity'], 'day or entity').default('day'),
        replicates: count(100).default(2000),
        confidence: z
          .number('a share between 0.5 and 1')
          .gt(0.5, 'a share above 0.5')
          .lt(1, 'a share below 1')
          .default(0.95),
        seed: count(0).default(1),
      },
      'the backtest policy',
    )
    .prefault({}),
  gates: z.array(gate, 'a list of gates').min(1, 'at least one gate: a policy without gates proves nothing'),
  approval: approvalSection,
  rollout: rolloutSection,
  watch: z
    .strictObject(
      {
        cycles: count(0).default(7),
        poll: positiveDuration.default(3_600_000),
        deadline: positiveDuration.optional(),
      },
      'the watch policy',
    )
    .prefault({}),
  analysis: analysisSection,
  validation: validationSection,
  audit: z
    .strictObject(
      {
        minRowShare: atLeast(0).default(0.5),
        maxRowShare: atLeast(1).default(2),
        maxQuarantineShare: share('a share from 0 to 1').default(0.01),
        maxMeanShift: atLeast(0).default(1),
        maxScorePsi: atLeast(0).nullable().default(null),
        churn: z
          .strictObject(
            {
              max: share('a share from 0 to 1').default(0.5),
              maxSlice: share('a share from 0 to 1').default(0.5),
              minSliceRows: count(1).default(200),
            },
            'the churn policy',
          )
          .prefault({}),
      },
      'the audit policy',
    )
    .prefault({}),
  monitor: monitorSection,
  retrain: z
    .strictObject(
      {
        cooldown: duration.default(6 * 86_400_000),
        maxAge: positiveDuration.default(28 * 86_400_000),
        minNewLabelledRows: count(0).default(1000),
        maxPerWeek: count(1).default(2),
      },
      'the retrain rule',
    )
    .prefault({}),
  schedules: z
    .strictObject(
      {
        score: cron.default(null),
        monitor: cron.default(null),
        retrain: cron.default(null),
        catchUp: positiveDuration.default(7 * 86_400_000),
        paused: z.boolean('true or false').default(true),
      },
      'the schedules',
    )
    .prefault({}),
  retention: z
    .strictObject(
      {
        stagedAfter: positiveDuration.default(86_400_000),
        grace: positiveDuration.default(7 * 86_400_000),
        rollbackHorizon: positiveDuration.default(90 * 86_400_000),
        publicationsAfter: positiveDuration.nullable().default(null),
        snapshotsAfter: positiveDuration.nullable().default(30 * 86_400_000),
        modelsAfter: positiveDuration.nullable().default(null),
      },
      'the retention policy',
    )
    .prefault({}),
  notify: z
    .strictObject(
      {
        webhookUrl: z
          .url({ protocol: /^https?$/, error: 'an http(s) URL' })
          .nullable()
          .default(null),
      },
      'the notification settings',
    )
    .prefault({}),
  registry: z
    .strictObject(
      { onAliasMoved: z.enum(['alarm', 'restore', 'adopt'], 'alarm, restore or adopt').default('alarm') },
      'the registry policy',
    )
    .prefault({}),
};

type Whole = z.ZodObject<typeof sections, z.core.$strict>;

/** What people write. */
export type PipelineInput = z.input<Whole>;
/** The same with defaults filled in and every section well formed, before its files are read. */
export type PipelineSections = z.output<Whole>;

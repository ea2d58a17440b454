import type { GateInput } from './gate-policy.js';
import type { PipelineSections } from './pipeline-definition.js';
import type { ListSection } from './readable-sections.js';
import type { RuleInput } from './validation-rules.js';

/** The shortest definition that is valid, for who has none yet. */
export const wholeExample = `export default definePipeline({
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

type Plain = ListSection | 'name' | 'registeredName';

/** A valid value of every field, as it is written. */
type FieldExamples = {
  readonly [S in keyof Required<PipelineSections>]: S extends Plain
    ? string
    : { readonly [F in keyof Required<Required<PipelineSections>[S]>]: string };
};

export const fieldExamples: FieldExamples = {
  name: "'flights'",
  registeredName: "'flights'",
  dataset: {
    sources: "{ flights: 'flights.parquet' }",
    sql: "'features.sql'",
    coverage: "'SELECT min(day) AS first, max(day) AS last FROM flights'",
    key: "'row_key'",
    entity: "'route'",
    eventTime: "'departure_day'",
    features: "{ distance: 'numeric', origin: 'categorical' }",
    sensitive: "['carrier']",
  },
  window: { every: "'1 day'", start: "'2001-02-01'" },
  label: {
    column: "'late'",
    kind: "'binary'",
    delay: "'1 day'",
    availableAt: "'label_available_at'",
    minCoverage: '0.9',
    ingestionDelay: "'6 hours'",
    weight: "'passengers'",
  },
  decision: {
    positiveRate: '0.2',
    topShare: '0.1',
    value: "{ unit: 'EUR', truePositive: 5, falsePositive: -2, trueNegative: 0, falseNegative: -9 }",
  },
  baseline: { expression: "'distance / 5000'", threshold: '0.5' },
  training: {
    command: "['python', 'trainers/lightgbm/train.py']",
    window: "'28 days'",
    validation: "'7 days'",
    params: '{ trees: 150 }',
    seed: '1',
    timeout: "'30 minutes'",
  },
  backtest: {
    folds: '3',
    fold: "'4 days'",
    step: "'4 days'",
    gap: "'7 days'",
    scheme: "'rolling'",
    blocks: "'day'",
    replicates: '2000',
    confidence: '0.95',
    seed: '1',
  },
  gates: "[notWorse('auc', { margin: 0.002 }), worstSlice('origin', { minRows: 500, harm: 0.02 }), loads()]",
  approval: {
    deadline: "'72 hours'",
    maxAge: "'7 days'",
    newerChallenger: "'refuse'",
    quorum: '1',
    approvers: "[{ name: 'Ada Park', publicKey: '…' }]",
    unsigned: "'accept'",
  },
  rollout: '[shadow({ cycles: 2 }), share(5, { cycles: 2 }), share(25)]',
  watch: { cycles: '7', poll: "'1 hour'", deadline: "'30 days'" },
  analysis: {
    alpha: '0.05',
    loss: "'brier'",
    margin: '0.01',
    minCycles: '2',
    maxChurn: '0.25',
    maxScorePsi: '0.25',
    maxValueLoss: 'null',
    sampleRatioAlpha: '0.001',
    failureLimit: '0',
    inconclusiveLimit: '3',
  },
  validation: "[notNull('origin'), inRange('distance', { min: 1, max: 6000, severity: 'quarantine' })]",
  audit: {
    minRowShare: '0.5',
    maxRowShare: '2',
    maxQuarantineShare: '0.01',
    maxMeanShift: '1',
    maxScorePsi: 'null',
    churn: '{ max: 0.5, maxSlice: 0.5, minSliceRows: 200 }',
  },
  monitor: { psiLimit: '0.25', metric: "'auc'", decayMargin: '0.03', ignore: "['distance']" },
  retrain: { cooldown: "'6 days'", maxAge: "'28 days'", minNewLabelledRows: '1000', maxPerWeek: '2' },
  schedules: { score: "'0 0 * * *'", monitor: "'0 12 * * *'", retrain: 'null', catchUp: "'7 days'", paused: 'true' },
  retention: {
    stagedAfter: "'1 day'",
    grace: "'7 days'",
    rollbackHorizon: "'90 days'",
    publicationsAfter: 'null',
    snapshotsAfter: "'30 days'",
    modelsAfter: "'365 days'",
  },
  notify: { webhookUrl: "'https://example.com/hook'" },
  registry: { onAliasMoved: "'alarm'" },
};

/** What lists hold, by the check of the entry. */
export const entryExamples: {
  readonly gates: Readonly<Record<GateInput['check'], string>>;
  readonly validation: Readonly<Record<RuleInput['check'], string>>;
} = {
  gates: {
    floor: "floor('auc', { limit: 0.6 })",
    'not-worse': "notWorse('auc', { margin: 0.002 })",
    better: "better('auc', { by: 0.001 })",
    'beats-baseline': "beatsBaseline('auc', { by: 0.01 })",
    'worst-slice': "worstSlice('origin', { minRows: 500, harm: 0.02 })",
    fair: "fair('origin', { measure: 'demographic-parity', maxDifference: 0.1 })",
    calibrated: 'calibrated({ maxEce: 0.05 })',
    stable: "stable('auc', { harm: 0.03 })",
    impact: 'impact({ maxFlips: 0.2 })',
    'data-quality': 'dataQuality({ maxQuarantineShare: 0.01, minCoverage: 0.8 })',
    'no-leakage': 'noLeakage({ maxSingleAuc: 0.98 })',
    'no-skew': 'noSkew({ maxDiffering: 0.001 })',
    loads: 'loads()',
    volume: "volume({ deadline: '10 minutes' })",
    robust: 'robust({ maxFlips: 0.2 })',
  },
  validation: {
    numeric: "numeric('distance')",
    finite: "finite('distance')",
    'not-null': "notNull('origin')",
    'in-range': "inRange('distance', { min: 1, max: 6000 })",
    'one-of': "oneOf('origin', 'training', { severity: 'warn' })",
    matches: "matches('origin', '[A-Z]{3}')",
    'not-in-future': "notInFuture('recorded_at')",
    unique: "unique('row_key')",
    'no-duplicate-rows': 'noDuplicateRows()',
    'row-count': 'rowCount({ min: 1000 })',
    present: "present('origin', { min: 1000 })",
    'null-share': "nullShare('distance', { max: 0.05 })",
    'null-share-change': "nullShareAsTrained('distance', { share: 0.05 })",
    distinct: "distinctCount('origin', { min: 2 })",
    'not-constant': "notConstant('distance')",
    fresh: "fresh({ within: '2 days' })",
    distribution: "distributedAsTrained('distance', { max: 0.1 })",
  },
};

import {
  beatsBaseline,
  calibrated,
  dataQuality,
  definePipeline,
  impact,
  inRange,
  loads,
  matches,
  noLeakage,
  noSkew,
  notNull,
  notWorse,
  oneOf,
  robust,
  shadow,
  share,
  stable,
  volume,
  worstSlice,
} from 'gauntlet';

/** US flights, January to June 2001: will a flight arrive more than 15 minutes late? One window a day. */
export default definePipeline({
  name: 'flights',
  dataset: {
    sources: { flights: '../../node_modules/vega-datasets/data/flights-3m.parquet' },
    sql: 'features.sql',
    // The source has no day column: its instants say how far it reaches.
    coverage: 'SELECT min(date) AS first, max(date) AS last FROM flights',
    key: 'row_key',
    entity: 'route',
    eventTime: 'departure_day',
    features: {
      weekday: 'numeric',
      distance: 'numeric',
      origin: 'categorical',
      destination: 'categorical',
      origin_lift: 'numeric',
      destination_lift: 'numeric',
      route_lift: 'numeric',
    },
  },
  // The source begins on 1 January: the first two months only teach, so that history, training, validation and the
  // backtest of the first version fit before the first day that is scored.
  window: { every: '1 day', start: '2001-03-01' },
  label: { column: 'late', kind: 'binary', delay: '1 day', availableAt: 'label_available_at', minCoverage: 0.9 },
  decision: { positiveRate: 0.2 },
  // The simple rule: one flight in five is late, more or fewer as its origin was in the last four weeks.
  baseline: { expression: '1 / (1 + exp(ln(4) - origin_lift))', threshold: 0.25 },
  training: {
    command: ['python', 'trainers/lightgbm/train.py'],
    window: '28 days',
    validation: '7 days',
    // Four weeks are only 28 days of weather: small trees with big leaves learn routes and weekdays rather than days.
    params: { trees: 150, leaves: 7, maxDepth: 4, learningRate: 0.03, minRowsPerLeaf: 7500 },
    seed: 20010101,
    timeout: '20 minutes',
  },
  backtest: { folds: 3, fold: '4 days', gap: '1 day', replicates: 2000, confidence: 0.9 },
  gates: [
    // Whole days are good or bad for flying, so twelve days say little about small differences: a point and a half of AUC is
    // what they can settle.
    notWorse('auc', { margin: 0.015 }),
    worstSlice('origin', { minRows: 500, harm: 0.02 }),
    // The share of late flights swings between 10 and 30 % with the weather, which no feature foretells.
    calibrated({ maxEce: 0.12 }),
    dataQuality(),
    noLeakage(),
    // Before the first champion nothing was served that could be computed again: worth knowing, no reason to stop.
    noSkew({ mode: 'advise' }),
    loads(),
    volume({ deadline: '10 minutes' }),
    // Without the history of its route the model still decides four flights in five as before.
    robust({ maxFlips: 0.25 }),
    // Twelve days settle these too seldom to decide by them.
    beatsBaseline('auc', { mode: 'advise' }),
    stable('auc', { harm: 0.03, mode: 'advise' }),
    impact({ maxFlips: 0.2, mode: 'observe' }),
  ],
  validation: [
    notNull('origin'),
    notNull('destination'),
    matches('origin', '[A-Z]{3}', { severity: 'quarantine' }),
    matches('destination', '[A-Z]{3}', { severity: 'quarantine' }),
    // In miles; the longest route within the country is Newark to Honolulu, 4,962.
    inRange('distance', { min: 1, max: 6000, severity: 'quarantine' }),
    // A new airport has a code of its own in the model: worth knowing, no reason to stop. A few flights a day from a small
    // airport that the training weeks did not see are no news.
    oneOf('origin', 'training', { severity: 'warn', mostly: 0.999 }),
  ],
  approval: { deadline: '72 hours', maxAge: '7 days', newerChallenger: 'refuse' },
  // A single day is easier or harder to rank than the twelve days of the report, by weather alone.
  // A window of one day has one weekday.
  monitor: { decayMargin: 0.08, ignore: ['weekday'] },
  // A day in shadow, then a day with a quarter of the routes: harm on labels takes more windows to show, a broken model does
  // not.
  rollout: [shadow({ cycles: 1 }), share(25, { cycles: 1 })],
  watch: { cycles: 5 },
  // Decisions should not turn around from one version to the next.
  analysis: { maxChurn: 0.25 },
  retrain: { cooldown: '6 days', maxAge: '28 days', minNewLabelledRows: 50_000, maxPerWeek: 2 },
  schedules: { score: '0 0 * * *', monitor: '0 12 * * *', retrain: '0 14 * * MON', catchUp: '7 days', paused: true },
});

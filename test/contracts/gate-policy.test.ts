import { describe, expect, it } from 'vitest';
import {
  beatsBaseline,
  better,
  calibrated,
  dataQuality,
  fair,
  floor,
  impact,
  loads,
  noLeakage,
  noSkew,
  notWorse,
  robust,
  stable,
  volume,
  worstSlice,
} from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { definition, numbers, problemsOf, shows, showsNumbers } from '../support/gated-definition.js';

const problemsOfGates = (...gates: readonly unknown[]) => problemsOf({ gates: [shows, ...gates] });

describe('the builders', () => {
  it('make gates that enforce, with every default filled in', () => {
    const value = { unit: 'EUR', truePositive: 1, falsePositive: -1 };
    const gates = [
      notWorse('brier', { margin: 0.001 }),
      better('auc'),
      floor('auc', { limit: 0.7 }),
      beatsBaseline('auc'),
      worstSlice('depot', { minRows: 500, harm: 0.02 }),
      fair('sex', { measure: 'equal-opportunity', maxDifference: 0.1 }),
      calibrated(),
      stable('auc', { harm: 0.05 }),
      impact({ maxFlips: 0.1, maxValueLoss: 0.5 }),
      dataQuality(),
      noLeakage(),
      noSkew(),
      loads(),
      volume({ deadline: '10 minutes' }),
      robust(),
    ];
    const decision = { positiveRate: 0.1, value };
    expect(parsePipeline(definition({ gates, decision }), 'here').gates).toEqual(
      [
        { check: 'not-worse', metric: 'brier', margin: 0.001 },
        { check: 'better', metric: 'auc', by: 0 },
        { check: 'floor', metric: 'auc', limit: 0.7 },
        { check: 'beats-baseline', metric: 'auc', by: 0 },
        { check: 'worst-slice', metric: 'auc', column: 'depot', minRows: 500, harm: 0.02 },
        {
          check: 'fair',
          measure: 'equal-opportunity',
          columns: ['sex'],
          maxDifference: 0.1,
          minRows: 100,
          minPositives: 20,
          minNegatives: 20,
        },
        { check: 'calibrated', maxEce: 0.05, maxSlopeError: null },
        { check: 'stable', metric: 'auc', harm: 0.05, minShare: 0.5 },
        { check: 'impact', maxFlips: 0.1, maxValueLoss: 0.5 },
        { check: 'data-quality', maxQuarantineShare: 0.01, minCoverage: 0.8 },
        { check: 'no-leakage', maxSingleAuc: 0.98, maxLagLoss: 0.1 },
        { check: 'no-skew', maxDiffering: 0.001, tolerance: 1e-6 },
        { check: 'loads', tolerance: 1e-6 },
        { check: 'volume', deadlineMs: 600_000, memoryMb: 1024, rows: null },
        { check: 'robust', maxFlips: 0.2 },
      ].map((rule) => ({ mode: 'enforce', ...rule })),
    );
  });

  it('take the mode that is asked for', () => {
    expect(parsePipeline(definition({ gates: [shows, robust({ mode: 'observe' })] }), 'here').gates).toMatchObject([
      { mode: 'enforce' },
      { check: 'robust', mode: 'observe' },
    ]);
  });
});

describe('a policy', () => {
  it.each([
    [
      'that only finds no harm',
      [loads(), worstSlice('depot', { minRows: 1, harm: 0.1 }), floor('auc', { limit: 0.5 })],
    ],
    ['that only advises', [notWorse('auc', { margin: 0.01, mode: 'advise' })]],
    ['that only observes', [better('auc', { mode: 'observe' }), beatsBaseline('auc', { mode: 'observe' })]],
  ])('%s is refused: nothing would be shown', (_, gates) => {
    expect(problemsOf({ gates })).toMatchObject([
      { field: 'gates', expected: expect.stringContaining('an enforced notWorse(…)') as string },
    ]);
  });

  it('without gates is refused', () => {
    expect(problemsOf({ gates: [] })).toMatchObject([{ field: 'gates' }]);
  });

  it.each([[notWorse('auc', { margin: 0.01 })], [better('auc')], [beatsBaseline('auc')]])(
    'with %j alone is enough',
    (gate) => {
      expect(problemsOf({ gates: [gate] })).toEqual([]);
    },
  );
});

describe('a wrong gate', () => {
  it.each([
    ['a margin of zero', notWorse('auc', { margin: 0 }), 'gates.1.margin', 'a margin above 0'],
    ['a negative margin', notWorse('auc', { margin: -0.01 }), 'gates.1.margin', 'a margin above 0'],
    ['a harm of zero', worstSlice('depot', { minRows: 1, harm: 0 }), 'gates.1.harm', 'a harm above 0'],
    ['a negative lead', better('auc', { by: -0.1 }), 'gates.1.by', 'at least 0'],
    ['an unknown metric', { check: 'better', metric: 'accuracy', by: 0 }, 'gates.1.metric', 'one of auc'],
    [
      'a metric without a direction',
      { check: 'better', metric: 'calibrationSlope', by: 0 },
      'gates.1.metric',
      'one of',
    ],
    ['a metric of another label', better('rmse'), 'gates.1.metric', 'a metric of a binary label'],
    [
      'an unknown slice column',
      worstSlice('colour', { minRows: 1, harm: 0.1 }),
      'gates.1.column',
      'a categorical feature or a column of dataset.sensitive: depot, sex, age_group',
    ],
    [
      'a numeric slice column',
      worstSlice('weight', { minRows: 1, harm: 0.1 }),
      'gates.1.column',
      'a categorical feature',
    ],
    [
      'a margin wider than the metric',
      notWorse('brier', { margin: 5 }),
      'gates.1.margin',
      'at most 1, the largest difference',
    ],
    ['a lead wider than the metric', better('mcc', { by: 2.1 }), 'gates.1.by', 'at most 2, the largest difference'],
    ['a harm wider than the metric', worstSlice('depot', { minRows: 1, harm: 2 }), 'gates.1.harm', 'at most 1'],
    [
      'a floor that cannot be reached',
      floor('auc', { limit: 1.01 }),
      'gates.1.limit',
      'AUC can have: at least 0 and at most 1',
    ],
    ['a ceiling below the least', floor('logLoss', { limit: -1 }), 'gates.1.limit', 'log loss can have: at least 0'],
    ['an allowed loss of AUC above 1', noLeakage({ maxLagLoss: 5 }), 'gates.1.maxLagLoss', 'a share from 0 to 1'],
    [
      'an unknown sensitive column',
      fair('religion', { measure: 'equalized-odds', maxDifference: 0.1 }),
      'gates.1.columns.0',
      'dataset.sensitive or a feature: sex, age_group, weight, depot',
    ],
    [
      'a column twice',
      fair(['sex', 'sex'], { measure: 'equalized-odds', maxDifference: 0.1 }),
      'gates.1.columns.1',
      'each column once',
    ],
    ['value without values', floor('value', { limit: 0 }), 'gates.1.metric', 'decision.value'],
    [
      'a loss of value without values',
      impact({ maxFlips: 1, maxValueLoss: 0 }),
      'gates.1.maxValueLoss',
      'decision.value',
    ],
    ['the same gate twice', notWorse('auc', { margin: 0.02 }), 'gates.1', 'each gate once'],
    ['a deadline that is no length', volume({ deadline: 'soon' }), 'gates.1.deadline', 'a duration such as'],
    ['no deadline', { check: 'volume', memoryMb: 1, rows: null }, 'gates.1.deadline', 'a duration such as'],
    ['an unknown mode', { check: 'loads', mode: 'maybe', tolerance: 0 }, 'gates.1.mode', 'enforce, advise or observe'],
    ['a share above 1', robust({ maxFlips: 1.1 }), 'gates.1.maxFlips', 'a share from 0 to 1'],
    ['an unknown field', { check: 'loads', tolerance: 0, speed: 1 }, 'gates.1.speed', 'a field'],
    ['an unknown gate', { check: 'nice' }, 'gates.1.check', 'a gate such as'],
  ])('with %s is refused', (_, gate, field, expected) => {
    expect(problemsOfGates(gate)).toMatchObject([{ field, expected: expect.stringContaining(expected) as string }]);
  });

  it.each([
    ['the widest margin', notWorse('brier', { margin: 1 })],
    ['any margin of a metric without an end', notWorse('logLoss', { margin: 5 })],
    ['a floor at the very end', floor('auc', { limit: 1 })],
  ])('is not one with %s', (_, gate) => {
    expect(problemsOfGates(gate)).toEqual([]);
  });

  it.each<[string, (...given: never[]) => unknown, readonly string[], string]>([
    ['notWorse', notWorse, ['brier'], 'gates.1.margin'],
    ['floor', floor, ['auc'], 'gates.1.limit'],
    ['worstSlice', worstSlice, ['depot'], 'gates.1.minRows'],
    ['fair', fair, ['sex'], 'gates.1.measure'],
    ['stable', stable, ['auc'], 'gates.1.harm'],
    ['impact', impact, [], 'gates.1.maxFlips'],
    ['volume', volume, [], 'gates.1.deadline'],
  ])('names the field where %s(…) is called without its limits, as JavaScript lets one', (_, build, given, field) => {
    const gate = build(...(given as never[]));
    expect(problemsOfGates(gate)).toEqual(
      expect.arrayContaining([expect.objectContaining({ field, found: 'nothing' })]),
    );
  });

  it('does not hide the others', () => {
    const fields = problemsOfGates(
      worstSlice('colour', { minRows: 1, harm: 0.1 }),
      better('mae'),
      floor('value', { limit: 0 }),
      shows,
    ).map(({ field }) => field);
    expect(fields.sort()).toEqual(['gates.1.column', 'gates.2.metric', 'gates.3.metric', 'gates.4']);
  });

  it.each([
    ['a floor below a bias of nothing', floor('bias', { limit: -0.5 }), 'gates.1.limit', 'a distance from 0 above 0'],
    ['a bias of exactly nothing', floor('bias', { limit: 0 }), 'gates.1.limit', 'a distance from 0 above 0'],
    ['a comparison of biases', { check: 'better', metric: 'bias', by: 0 }, 'gates.1.metric', 'one of auc'],
    ['calibration', calibrated(), 'gates.1', "such as floor('bias', { limit: 0.5 })"],
    [
      'fairness',
      fair('sex', { measure: 'demographic-parity', maxDifference: 0.1 }),
      'gates.1',
      "worstSlice('<column of dataset.sensitive>', { metric: 'mae'",
    ],
    ['a loss of value', impact({ maxFlips: 0.1, maxValueLoss: 1 }), 'gates.1.maxValueLoss', 'null, or nothing'],
    ['the metric of classes', floor('auc', { limit: 0.7 }), 'gates.1.metric', 'mae, rmse, r2, bias, wape; for example'],
    [
      'the metric that slices have by themselves',
      worstSlice('depot', { minRows: 500, harm: 0.02 }),
      'gates.1.metric',
      "mae, rmse, r2, wape; for example worstSlice('<column>', { metric: 'mae'",
    ],
  ])('of a label that is a number, with %s, is refused', (_, gate, field, expected) => {
    expect(problemsOf({ ...numbers, gates: [showsNumbers, gate] })).toMatchObject([
      { field, expected: expect.stringContaining(expected) as string },
    ]);
  });

  it.each([
    ['a floor of the bias', floor('bias', { limit: 0.5 })],
    ['a bound of turned decisions', impact({ maxFlips: 0.1 })],
    ['slices by error', worstSlice('depot', { metric: 'mae', minRows: 500, harm: 0.2 })],
  ])('of a label that is a number is not one with %s', (_, gate) => {
    expect(problemsOf({ ...numbers, gates: [showsNumbers, gate] })).toEqual([]);
  });

  it('cannot be by the bias where the label has two classes', () => {
    expect(problemsOfGates(floor('bias', { limit: 0.5 }))).toMatchObject([
      { field: 'gates.1.metric', found: '"bias"', expected: expect.stringContaining("floor('auc'") as string },
    ]);
  });

  it('is not alone: what decisions on a number bring is refused wherever it is given, all at once', () => {
    const value = { unit: 'EUR', truePositive: 1 };
    const analysis = { maxValueLoss: 1 };
    const fields = problemsOf({
      ...numbers,
      decision: { positiveRate: 0.1, value },
      gates: [showsNumbers, impact({ maxFlips: 1, maxValueLoss: 0 })],
      analysis,
    }).map(({ field }) => field);
    expect(fields).toEqual(['decision.value', 'gates.1.maxValueLoss', 'analysis.maxValueLoss']);
  });

  it('may look at a sensitive column and at a feature', () => {
    const gates = [shows, fair(['sex', 'depot'], { measure: 'demographic-parity', maxDifference: 0.1 })];
    expect(problemsOf({ gates })).toEqual([]);
  });
});

import type { Comparison, FoldComparison, SliceComparison } from '../../domain/gates/comparison.js';
import { combineChecks } from '../../domain/gates/evaluate-gates.js';
import {
  composeGateReport,
  type GateCheck,
  type GateReport,
  type SliceFinding,
} from '../../domain/gates/gate-report.js';
import { noProbes, type Probes } from '../../domain/gates/probes.js';
import { metricsOf, type MetricName } from '../../domain/metrics.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { comparison, difference, differences, estimates, unmeasured } from './comparisons.js';
import { exampleTask, exampleTraining, gateReportOf } from './gate-reports.js';
import { richProbes } from './rich-probes.js';

/*
 * Reports as full, and as empty, as they can get: what the page has to hold. Their numbers are made up; no test is about
 * what they say.
 */

const DAY_MS = 86_400_000;
const firstDay = Date.parse('2001-04-01T00:00:00.000Z');
const longName = 'The Honourable Airport of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch';

export const airports = Array.from({ length: 20 }, (_, index) =>
  index === 7 ? longName : (['ATL', 'DFW', 'LAX', 'ORD', 'PHX'][index % 5] ?? '') + (index < 5 ? '' : String(index)),
);

function folds(count: number, metrics: readonly MetricName[]): readonly FoldComparison[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, fold) => ({
    fold,
    window: {
      start: new Date(firstDay + fold * 4 * DAY_MS).toISOString(),
      end: new Date(firstDay + (fold + 1) * 4 * DAY_MS).toISOString(),
    },
    rows: 64_000 + fold,
    positives: 12_000,
    days: 4,
    champion: {},
    challenger: {},
    differences: Object.fromEntries(
      metrics.map((metric) => [metric, difference(random() * 0.02 - 0.005, 0.012, { blocks: 4 })]),
    ),
  }));
}

function slices(): readonly SliceComparison[] {
  return airports.map((value, index) => ({
    column: 'origin',
    value,
    rows: 9000 - index * 400,
    positives: 1500,
    champion: {},
    challenger: {},
    differences: differences({ auc: difference(0.012 - index * 0.002, 0.01) }),
  }));
}

function findings(): readonly SliceFinding[] {
  return airports
    .map((value, index): SliceFinding => ({
      value: index === 3 ? null : value,
      rows: 9000 - index * 400,
      difference: 0.012 - index * 0.002,
      lower: 0.002 - index * 0.002,
      upper: 0.022 - index * 0.002,
      minimumDetectable: 0.015,
      adjustedP: index === 19 ? 0.004 : 1,
      finding: index === 19 ? 'harmed' : index === 18 ? 'unsupported' : 'no-harm-shown',
    }))
    .reverse();
}

/** Every metric, three folds, twenty slices, the third challenger on these rows. */
export function richComparison(overrides: Partial<Comparison> = {}): Comparison {
  const metrics = metricsOf('binary');
  const bins = Array.from({ length: 15 }, (_, bin) => ({ rows: 12_800, meanScore: bin / 16, positiveShare: bin / 17 }));
  const counts = Array.from({ length: 20 }, (_, bin) => Math.round(60_000 / (bin + 1)));
  const every = <T>(value: T) => Object.fromEntries(metrics.map((metric) => [metric, value]));
  const estimate = { value: 0.6543, lower: 0.6412, upper: 0.6674, se: 0.006, blocks: 12, reason: null };
  return comparison({
    metrics,
    rows: 192_003,
    positives: 36_000,
    days: 12,
    method: { ...comparison().method, blocks: 'day', confidence: 0.9, reuse: 3, level: 1 - 0.1 / 3 },
    folds: folds(3, metrics),
    pooled: {
      champion: estimates(every(estimate)),
      challenger: estimates({
        ...every({ ...estimate, value: 0.6612 }),
        mcc: unmeasured('every decision is negative'),
      }),
      differences: differences({
        ...every(difference(0.0069, 0.004, { blocks: 12 })),
        logLoss: difference(-0.0041, 0.0012, { blocks: 12 }),
        calibrationSlope: difference(-0.031, 0.08, { blocks: 12 }),
        value: difference(0.42, 0.31, { blocks: 12 }),
        mcc: unmeasured('every decision is negative'),
      }),
      deLong: { estimate: 0.0069, se: 0.0007, lower: 0.0054, upper: 0.0084 },
    },
    slices: slices(),
    reliability: { champion: bins, challenger: bins.map((bin) => ({ ...bin, positiveShare: bin.meanScore })) },
    histograms: { champion: { counts, outside: 0 }, challenger: { counts: [...counts].reverse(), outside: 3 } },
    flips: {
      rows: 192_003,
      championPositives: 38_400,
      challengerPositives: 37_900,
      toPositive: 4200,
      toPositiveRight: 1900,
      toNegative: 4700,
      toNegativeRight: 3900,
    },
    movers: Array.from({ length: 10 }, (_, index) => ({
      rowKey: `2001-04-0${String((index % 9) + 1)}T06:15:00/${longName}/${String(index)}`,
      champion: 0.12,
      challenger: 0.81 - index / 100,
      label: index % 2,
    })),
    ...overrides,
  });
}

function check(spec: GateSpec, found: Partial<GateCheck> & Pick<GateCheck, 'name' | 'limit' | 'why'>): GateCheck {
  const rows = 192_003;
  return {
    spec,
    mode: spec.mode,
    value: null,
    interval: null,
    minimumDetectable: null,
    rows,
    verdict: 'pass',
    slices: [],
    ...found,
  };
}

/** A check of every mode and with every verdict. */
export function richChecks(): readonly GateCheck[] {
  return [
    check(
      { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.015 },
      {
        name: 'not-worse auc',
        limit: -0.015,
        value: 0.0069,
        interval: { lower: 0.0029, upper: 0.0109 },
        minimumDetectable: 0.006,
        why: 'AUC +0.0069 (96.67 % interval +0.0029 to +0.0109): shown to be at most 0.015 worse; differences from 0.006 on would be noticed',
      },
    ),
    check(
      { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'origin', minRows: 1000, harm: 0.02 },
      {
        name: 'worst-slice origin auc',
        limit: 0.02,
        value: -0.026,
        interval: { lower: -0.036, upper: -0.016 },
        minimumDetectable: 0.015,
        verdict: 'fail',
        why: '1 of 19 slices are shown to lose more than 0.02 AUC, worst origin PHX19 (AUC -0.026 on 1400 rows); 1 smaller slices are not judged',
        slices: findings(),
      },
    ),
    check(
      { mode: 'enforce', check: 'volume', deadlineMs: 900_000, memoryMb: 2048, rows: 16_500 },
      { name: 'volume', limit: 900_000, verdict: 'error', rows: 0, why: 'the scorer could not be started' },
    ),
    check(
      {
        mode: 'advise',
        check: 'fair',
        measure: 'equalized-odds',
        columns: ['carrier'],
        maxDifference: 0.1,
        minRows: 500,
        minPositives: 50,
        minNegatives: 50,
      },
      {
        name: 'fair equalized-odds carrier',
        limit: 0.1,
        value: 0.14,
        interval: { lower: 0.08, upper: 0.2 },
        verdict: 'inconclusive',
        why: 'groups of carrier differ by 0.14, which the data cannot tell from 0.1',
      },
    ),
    check(
      { mode: 'observe', check: 'robust', maxFlips: 0.2 },
      { name: 'robust', limit: 0.2, value: 0.31, verdict: 'fail', why: 'missing inputs turn 31 % of the decisions' },
    ),
  ];
}

/** Everything that a report can hold. */
export function richReport(overrides: Partial<GateReport> = {}): GateReport {
  const measured = richComparison();
  const checks = richChecks();
  const features = richProbes.importance?.status === 'measured' ? richProbes.importance.facts.features : [];
  const plain = gateReportOf(measured);
  const report = composeGateReport(
    {
      ...plain,
      champion: { ...plain.champion, training: exampleTraining() },
      challenger: {
        ...plain.challenger,
        training: exampleTraining({ params: { trees: 300, leaves: 7, note: longName }, seed: 2 }),
      },
      task: {
        ...exampleTask,
        features: features.map(({ feature }) => ({ name: feature, kind: 'numeric' })),
        sensitive: ['carrier', 'region'],
        decision: {
          positiveRate: 0.2,
          topShare: 0.1,
          value: { unit: 'EUR', truePositive: 30, falsePositive: -5, trueNegative: 0, falseNegative: -40 },
        },
      },
      baselineComparison: richComparison(),
      probes: richProbes,
    },
    { checks, verdict: combineChecks(checks) },
  );
  return { ...report, ...overrides };
}

/** Nothing could be measured, and every probe says why. */
export function emptyReport(): GateReport {
  const none = (reason: string) => unmeasured(reason);
  const metrics = metricsOf('binary');
  const nothing = Object.fromEntries(metrics.map((metric) => [metric, none('there are no labelled rows')]));
  const why = 'the snapshot is gone';
  const probes = Object.fromEntries(
    Object.keys(noProbes).map((name, index) => [name, { status: index % 2 === 0 ? 'missing' : 'error', why }]),
  ) as unknown as Probes;
  const measured = comparison({
    metrics,
    rows: 0,
    positives: 0,
    days: 0,
    pooled: { champion: nothing, challenger: nothing, differences: nothing, deLong: null },
    histograms: { champion: { counts: [], outside: 0 }, challenger: { counts: [], outside: 0 } },
  });
  const report = gateReportOf(measured);
  return { ...report, probes, sources: [] };
}

/** Tenths of predictions between 200 and 2,000 minutes, each too low by a twentieth. */
const tenths = Array.from({ length: 10 }, (_, bin) => ({
  rows: 1000,
  meanScore: 200 + 190 * bin,
  meanLabel: 210 + 199.5 * bin,
}));
const range = { least: 150.5, most: 2150.25 };
const spread = Array.from({ length: 20 }, (_, bin) => 100 + 45 * bin);

/** Predictions of a number: errors in hundreds, and decisions that are neither right nor wrong. */
export function regressionReport(): GateReport {
  const metrics = metricsOf('regression');
  const error = { value: 1234.5678, lower: 1200, upper: 1270, se: 20, blocks: 12, reason: null };
  const each = <T>(value: T) => Object.fromEntries(metrics.map((metric) => [metric, value]));
  const measured = comparison({
    labelKind: 'regression',
    metrics,
    champion: { ...comparison().champion, decisionThreshold: 1500 },
    challenger: { ...comparison().challenger, decisionThreshold: 1512.5 },
    folds: folds(3, metrics),
    pooled: {
      champion: each(error),
      challenger: each({ ...error, value: 1180.25 }),
      differences: each(difference(-54.3178, 20.5)),
      deLong: null,
    },
    histograms: {
      champion: { counts: spread, outside: 0, range },
      challenger: { counts: [...spread].reverse(), outside: 0, range },
    },
    observed: { champion: tenths, challenger: tenths.map((bin) => ({ ...bin, meanScore: bin.meanLabel })) },
    flips: {
      rows: 10_000,
      championPositives: 2000,
      challengerPositives: 2100,
      toPositive: 350,
      toPositiveRight: null,
      toNegative: 250,
      toNegativeRight: null,
    },
    method: { ...comparison().method, blocks: 'entity' },
  });
  const report = gateReportOf(measured, {}, [
    { mode: 'enforce', check: 'not-worse', metric: 'mae', margin: 10 },
    { mode: 'enforce', check: 'floor', metric: 'bias', limit: 2000 },
    { mode: 'enforce', check: 'impact', maxFlips: 0.1, maxValueLoss: null },
  ]);
  return { ...report, task: { ...exampleTask, label: { column: 'minutes', kind: 'regression', delayMs: DAY_MS } } };
}

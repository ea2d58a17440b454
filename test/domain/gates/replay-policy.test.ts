import { describe, expect, it } from 'vitest';
import { noProbes } from '../../../domain/gates/probes.js';
import { NOT_RESAMPLED } from '../../../domain/gates/compare-scores.js';
import { findUnjudgeable, findUnreplayed, replayGates } from '../../../domain/gates/replay-policy.js';
import type { GateSpec } from '../../../domain/gates/gate-rule.js';
import { comparison, comparisonWith, difference, slice } from '../../support/comparisons.js';
import { gateReportOf } from '../../support/gate-reports.js';

const notWorse = (margin: number): GateSpec => ({ mode: 'enforce', check: 'not-worse', metric: 'auc', margin });
const loads: GateSpec = { mode: 'enforce', check: 'loads', tolerance: 1e-6 };
const fair: GateSpec = {
  mode: 'enforce',
  check: 'fair',
  measure: 'equalized-odds',
  columns: ['sex'],
  maxDifference: 0.1,
  minRows: 100,
  minPositives: 20,
  minNegatives: 20,
};

/** The challenger's AUC is 0.03 lower, give or take 0.01. */
const worse = gateReportOf(comparisonWith({ auc: difference(-0.03, 0.01) }), {}, [notWorse(0.1)]);

describe('a kept report', () => {
  it.each([
    ['passes a margin that its whole interval is within', 0.05, 'pass'],
    ['fails one that its whole interval is beyond', 0.01, 'fail'],
    ['leaves one open that its interval holds, its end included', 0.04, 'inconclusive'],
  ])('%s', (_, margin, verdict) => {
    expect(replayGates([notWorse(margin)], worse)).toMatchObject({ status: 'judged', verdict });
  });

  it('says which enforced checks speak against it, and is not troubled by others', () => {
    const observed = { ...notWorse(0.001), mode: 'observe' } as const;
    expect(replayGates([notWorse(0.05), observed], worse)).toEqual({ status: 'judged', verdict: 'pass', grounds: [] });
    const replayed = replayGates([notWorse(0.01), loads], worse);
    expect(replayed).toMatchObject({
      status: 'judged',
      verdict: 'fail',
      grounds: [expect.stringMatching(/^not-worse/)],
    });
  });

  it('cannot be judged by what was not measured then, unless another gate refuses anyway', () => {
    const why = ['fair: fairness was not measured then'];
    expect(replayGates([fair], worse)).toEqual({ status: 'not-judgeable', why });
    expect(replayGates([notWorse(0.05), fair], worse)).toEqual({ status: 'not-judgeable', why });
    expect(replayGates([notWorse(0.01), fair], worse)).toMatchObject({ status: 'judged', verdict: 'fail' });
  });

  it('cannot be judged by other limits of volume, or by groups that nobody counted', () => {
    const facts = {
      rows: 1000,
      measuredRows: 1000,
      deadlineMs: 60_000,
      memoryMb: 512,
      inTime: true,
      inMemory: true,
    };
    const volume: GateSpec = { mode: 'enforce', check: 'volume', deadlineMs: 60_000, memoryMb: 512, rows: null };
    const groups = [{ columns: ['age'], values: ['old'], rows: 9, positives: 1, champion: null, challenger: null }];
    const probes = {
      ...noProbes,
      volume: { status: 'measured', facts },
      fairness: { status: 'measured', facts: { groups } },
    } as const;
    const report = { ...worse, probes };
    expect(replayGates([notWorse(0.05), volume], report)).toMatchObject({ status: 'judged', verdict: 'pass' });
    expect(replayGates([{ ...volume, deadlineMs: 10_000 }], report)).toMatchObject({ status: 'not-judgeable' });
    expect(replayGates([fair], report)).toEqual({
      status: 'not-judgeable',
      why: ['fair: no groups by sex were counted then'],
    });
  });

  it('is judged without a gate that only advises and was not measured', () => {
    const advised = { ...fair, mode: 'advise' } as const;
    expect(replayGates([notWorse(0.05), advised], worse)).toMatchObject({ status: 'judged', verdict: 'pass' });
  });

  it.each<[string, GateSpec, string]>([
    ['a metric', { mode: 'enforce', check: 'floor', metric: 'ks', limit: 0.2 }, 'floor: ks was not measured then'],
    [
      'a comparison with the baseline',
      { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 },
      'beats-baseline: there was no comparison with the baseline then',
    ],
    [
      'slices',
      { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'carrier', minRows: 1, harm: 0.1 },
      'worst-slice: there were no slices by carrier then',
    ],
  ])('says so when %s is missing', (_, gate, why) => {
    const sliced = gateReportOf(comparison({ slices: [slice('ATL', 500, difference(0, 0.01))] }));
    expect(replayGates([gate], sliced)).toEqual({ status: 'not-judgeable', why: [why] });
  });

  it('says why where slices have no intervals, because no gate asked for them then', () => {
    const none = { lower: null, upper: null, se: null, reason: NOT_RESAMPLED };
    const sliced = gateReportOf(comparison({ slices: [slice('ATL', 500, difference(0, 0.01, none))] }));
    const gate: GateSpec = {
      mode: 'enforce',
      check: 'worst-slice',
      metric: 'auc',
      column: 'origin',
      minRows: 1,
      harm: 0.1,
    };
    expect(replayGates([gate], sliced)).toEqual({
      status: 'not-judgeable',
      why: ['worst-slice: intervals of auc by origin were not made then, because no gate asked for them'],
    });
  });

  it('names the settings of the backtest that no replay can change', () => {
    const { method } = worse.comparison;
    const { blocks, replicates, seed } = method;
    const window = { start: '2001-04-01T00:00:00.000Z', end: '2001-04-05T00:00:00.000Z' };
    const none = { rows: 0, positives: 0, days: 4, champion: {}, challenger: {}, differences: {} };
    const folds = [0, 1, 2].map((fold) => ({ ...none, fold, window }));
    const report = { ...worse, comparison: { ...worse.comparison, folds } };
    const day = 86_400_000;
    const same = { folds: 3, foldMs: 4 * day, stepMs: 4 * day, gapMs: 0, scheme: 'rolling' } as const;
    const policy = { ...same, blocks, replicates, seed, confidence: method.confidence };
    expect(findUnreplayed(policy, report)).toEqual([]);
    expect(findUnreplayed({ ...policy, confidence: 0.95, folds: 6, foldMs: 7 * day }, report)).toEqual([
      'confidence 0.95 (the report has 0.9)',
      'folds 6 (the report has 3)',
      'fold 7 days (the report has 4 days)',
    ]);
  });

  it('that compared a model with itself would be refused', () => {
    const same = { ...worse, comparison: { ...worse.comparison, identicalScores: true } };
    expect(replayGates([notWorse(0.05)], same)).toMatchObject({ status: 'judged', verdict: 'fail' });
  });

  it('of no gates at all is refused', () => {
    expect(replayGates([], worse)).toMatchObject({ status: 'judged', verdict: 'fail' });
  });
});

describe('the schema of a kept report', () => {
  it('of today can be judged', () => {
    expect(findUnjudgeable(worse)).toBeNull();
  });

  it.each([
    ['nothing', null, 'its schema is version undefined'],
    ['another version', { ...worse, schemaVersion: 99 }, 'its schema is version 99'],
    ['an earlier version', { ...worse, schemaVersion: 1 }, 'its schema is version 1'],
  ])('with %s cannot, and says why', (_, report, why) => {
    expect(findUnjudgeable(report)).toContain(why);
  });
});

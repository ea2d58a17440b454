import { describe, expect, it } from 'vitest';
import { readResult } from '../../cli/workflow-outcomes.js';
import type { BacktestResult, MonitorResult, PromoteResult, ScoreResult } from '../../workflows/api.js';

const model = { modelDigest: 'a'.repeat(64), registeredName: 'flights', version: '2' };
const window = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-06T00:00:00.000Z' };

function scored(status: ScoreResult['status']): ScoreResult {
  return {
    status,
    summary: 'scored',
    window,
    model,
    cohort: 'champion',
    rows: 3,
    positives: 1,
    shadowVersions: [],
    runIdentity: 'b'.repeat(64),
    tableVersion: 1,
    grounds: [],
    audit: { comparedWith: null, models: [], churn: [] },
  };
}

function measured(verdict: BacktestResult['verdict']): BacktestResult {
  return {
    summary: 'measured',
    sentence: 'measured',
    challenger: model,
    champion: null,
    reportDigest: 'c'.repeat(64),
    verdict,
    checks: [],
    metrics: [{ metric: 'auc', champion: null, challenger: 0.61234, difference: '+0.01' }],
    rows: 10,
    folds: [],
    reportPath: 'reports/c/report.html',
    reportUrl: null,
  };
}

function promoted(status: PromoteResult['status'], verdict: BacktestResult['verdict'] | null = null): PromoteResult {
  return {
    status,
    summary: 'ended',
    promotionId: 'flights/v2/1',
    challenger: model,
    championBefore: null,
    championAfter: null,
    gates: verdict === null ? null : measured(verdict),
    approvedBy: null,
    grounds: [],
    alias: null,
  };
}

function judged(verdict: 'pass' | 'fail' | 'inconclusive'): MonitorResult {
  return { summary: 'judged', windows: [{ window, verdict, summary: 'why', reportDigest: 'd' }], alias: 'in step' };
}

describe('a scoring run', () => {
  it('is told with what validation said, and without anything more where it said nothing', () => {
    const warnings = ['finite(distance): 3 of 900 rows; quarantined'];
    expect(readResult('score', { ...scored('published'), warnings })).toEqual({
      exitCode: 0,
      text: 'scored\n  warning: finite(distance): 3 of 900 rows; quarantined',
    });
    expect(readResult('score', scored('published')).text).toBe('scored');
  });
});

describe('readResult', () => {
  it.each([
    ['published', 0],
    ['already-published', 0],
    ['held', 3],
    ['superseded', 3],
    ['overtaken', 3],
    ['revoked', 3],
  ] as const)('score: %s is %d', (status, code) => {
    expect(readResult('score', scored(status)).exitCode).toBe(code);
  });

  it('score: says what computed the scores, how they are distributed and how many decisions differ', () => {
    const worstSlice = { column: 'origin', value: 'ATL', rows: 1_500, flips: 60, share: 0.04 };
    const result: ScoreResult = {
      ...scored('published'),
      grounds: ['champion 2 with its shadows could not score: too slow'],
      audit: {
        comparedWith: 'a run',
        models: [
          { version: '2', engines: ['trees', 'onnx'], psi: 0.0314 },
          { version: '1', engines: ['linear'], psi: null },
        ],
        churn: [
          { against: 'live', rows: 16_500, flips: 165, share: 0.01, worstSlice },
          { against: '1', rows: 0, flips: 0, share: null, worstSlice: null },
        ],
      },
    };
    expect(readResult('score', result).text.split('\n')).toEqual([
      'scored',
      '  champion 2 with its shadows could not score: too slow',
      '  v2 scored by tree kernel and ONNX Runtime, PSI 0.031 against its validation scores',
      '  v1 scored by SQL',
      '  165 of 16,500 decisions differ from what was published (1.0 %); most for origin ATL: 4.0 % of 1,500',
      '  no row in common with v1',
    ]);
  });

  it.each([
    ['pass', 0],
    ['fail', 3],
    ['inconclusive', 3],
  ] as const)('backtest: %s is %d', (verdict, code) => {
    expect(readResult('backtest', measured(verdict)).exitCode).toBe(code);
  });

  it('backtest: names the mode of a check that does not decide, and writes minus signs as the page does', () => {
    const check = { verdict: 'fail', value: '-0.1', limit: '0', why: 'AUC -0.1' } as const;
    const result = {
      ...measured('pass'),
      checks: [
        { ...check, name: 'fair', mode: 'advise' },
        { ...check, name: 'not-worse auc', mode: 'enforce' },
        { ...check, name: 'loads' },
      ],
    } as const;
    expect(readResult('backtest', result).text.split('\n').slice(2, 5)).toEqual([
      '  fail         fair (advise): AUC −0.1',
      '  fail         not-worse auc: AUC −0.1',
      '  fail         loads: AUC −0.1',
    ]);
  });

  it.each([
    ['promoted', null, 0],
    ['refused', 'fail', 3],
    ['rejected', 'pass', 3],
    ['aborted', null, 3],
    ['expired', 'pass', 3],
    ['superseded', null, 3],
    ['in-progress-elsewhere', null, 3],
    ['dry-run', 'pass', 0],
    ['dry-run', 'fail', 3],
    ['dry-run', 'inconclusive', 3],
  ] as const)('promote: %s with gates %s is %d', (status, verdict, code) => {
    expect(readResult('promote', promoted(status, verdict)).exitCode).toBe(code);
  });

  it.each([
    ['pass', 0],
    ['inconclusive', 0],
    ['fail', 3],
  ] as const)('monitor: %s is %d', (verdict, code) => {
    expect(readResult('monitor', judged(verdict)).exitCode).toBe(code);
  });

  it('shows a metric that only one side has', () => {
    expect(readResult('backtest', measured('pass')).text).toContain('auc: none -> 0.6123 (+0.01)');
  });

  it('shows of a backtest where each fold lies, and what its versions were trained on', () => {
    const side = {
      modelDigest: 'b'.repeat(64),
      definitionDigest: 'd'.repeat(64),
      trainingWindow: { start: '2001-02-01T00:00:00.000Z', end: '2001-03-01T00:00:00.000Z' },
      validationWindow: { start: '2001-03-01T00:00:00.000Z', end: '2001-03-08T00:00:00.000Z' },
      knownAt: '2001-03-09T00:00:00.000Z',
      purgedRows: 1234,
    };
    const fold = {
      window: { start: '2001-03-09T00:00:00.000Z', end: '2001-03-11T00:00:00.000Z' },
      rows: 33_000,
      snapshotDigest: 's',
      metrics: [{ metric: 'AUC', champion: 0.6, challenger: 0.61 }],
      sides: { rows: { champion: 'r', challenger: 'r' }, champion: side, challenger: side },
    };
    const { text } = readResult('backtest', { ...measured('pass'), folds: [fold] });
    expect(text.split('\n').at(-1)).toBe(
      '  fold 1, 2001-03-09 to 2001-03-10: 33,000 rows, AUC 0.6000 -> 0.6100, trained on 2001-02-01 to 2001-02-28, 1,234 rows purged',
    );
  });
});

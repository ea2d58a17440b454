import { describe, expect, test } from 'vitest';
import { noProbes } from '../../../domain/gates/probes.js';
import { gateReportSentence } from '../../../domain/gates/report-sentence.js';
import type { GateMode, GateSpec } from '../../../domain/gates/gate-rule.js';
import { comparison, comparisonWith, difference } from '../../support/comparisons.js';
import { gateReportOf } from '../../support/gate-reports.js';

const loads = (tolerance: number): GateSpec => ({ mode: 'enforce', check: 'loads', tolerance });
const shows = (mode: GateMode = 'enforce', margin = 0.01): GateSpec => ({
  mode,
  check: 'not-worse',
  metric: 'auc',
  margin,
});
const sentence = (...gates: readonly GateSpec[]) => gateReportSentence(gateReportOf(comparison(), {}, gates));

describe('the verdict in one sentence', () => {
  test('says of a passed report that a person still has to approve', () => {
    expect(sentence(shows())).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves.',
    );
  });

  test('names the failed checks of a refused challenger', () => {
    expect(sentence(shows(), loads(-1), loads(1))).toBe(
      'flights v2 is refused: 1 of 3 checks against flights v1 failed (loads).',
    );
  });

  test('names what the data cannot settle', () => {
    expect(sentence({ mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 })).toBe(
      'flights v2 is not promoted: the data cannot settle 1 of 1 checks against flights v1 (beats-baseline auc).',
    );
  });

  test('keeps apart what failed, what is open and what could not be measured', () => {
    const fairness = { status: 'error', why: 'the rows are gone' } as const;
    const probes = {
      ...noProbes,
      fairness,
      loads: { status: 'measured', facts: { rows: 1, maxDifference: 1 } },
    } as const;
    const gates: readonly GateSpec[] = [
      shows(),
      loads(0),
      { mode: 'enforce', check: 'floor', metric: 'auc', limit: 0.5 },
      {
        mode: 'enforce',
        check: 'fair',
        measure: 'equalized-odds',
        columns: ['sex'],
        maxDifference: 0.1,
        minRows: 1,
        minPositives: 1,
        minNegatives: 1,
      },
    ];
    expect(gateReportSentence(gateReportOf(comparison(), { probes }, gates))).toBe(
      'flights v2 is refused: 1 of 4 checks against flights v1 failed (loads); the data cannot settle 1 of 4 checks against flights v1 (floor auc); 1 of 4 checks could not be measured (fair equalized-odds sex).',
    );
  });

  test('says behind the verdict what advice failed and what could not be given, and leaves out what was only observed', () => {
    const gates: readonly GateSpec[] = [
      shows(),
      { ...loads(-1), mode: 'advise' },
      { mode: 'advise', check: 'robust', maxFlips: 0.1 },
      { mode: 'observe', check: 'impact', maxFlips: 0, maxValueLoss: null },
    ];
    expect(sentence(...gates)).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves. Advice against it: loads. Advice that could not be given: robust.',
    );
  });

  test('says that nothing was shown when no check is enforced', () => {
    const found = gateReportOf(comparison(), {}, [shows()]);
    const checks = found.checks.map((check) => ({ ...check, mode: 'observe' as const }));
    expect(gateReportSentence({ ...found, verdict: 'inconclusive', checks })).toBe(
      'flights v2 is not promoted: no check is enforced, so nothing was shown.',
    );
  });

  test('takes a check of an old report, which has no mode, for an enforced one', () => {
    const { champion, challenger } = gateReportOf(comparison());
    expect(
      gateReportSentence({ champion, challenger, verdict: 'pass', checks: [{ name: 'loads', verdict: 'pass' }] }),
    ).toBe('flights v2 passed the only check against flights v1 and may take its place if a person approves.');
  });

  test('says of a passed report what is shown worse and no gate asks about', () => {
    const worse = comparisonWith({ logLoss: difference(0.02, 0.01), brier: difference(0.004, 0.003) });
    expect(gateReportSentence(gateReportOf(worse, {}, [shows()]))).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves; log loss and Brier score, which no gate asks about, are shown worse.',
    );
    expect(gateReportSentence({ ...gateReportOf(worse, {}, [shows()]), refit: true })).toBe(
      'flights v2 against flights v1, trained anew for each fold: passed the only check; log loss and Brier score, which no gate asks about, are shown worse. A promotion measures the registered versions.',
    );
  });

  test('says nothing of a metric that a gate of any mode asks about, or that is not shown worse', () => {
    const asked: GateSpec = { mode: 'observe', check: 'not-worse', metric: 'logLoss', margin: 0.001 };
    const calibrated: GateSpec = { mode: 'observe', check: 'calibrated', maxEce: 0, maxSlopeError: null };
    const found = comparisonWith({
      logLoss: difference(0.02, 0.01),
      ece: difference(0.02, 0.01),
      // Its interval ends at zero: no difference is shown.
      brier: difference(0.01, 0.01),
    });
    expect(gateReportSentence(gateReportOf(found, {}, [shows(), asked, calibrated]))).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves.',
    );
  });

  test('names three metrics that are shown worse, and how many more', () => {
    const lost = difference(-0.02, 0.01);
    const worse = comparisonWith({
      averagePrecision: lost,
      ks: lost,
      logLoss: difference(0.02, 0.01),
      f1: lost,
      mcc: lost,
    });
    const metrics = ['auc', 'averagePrecision', 'ks', 'logLoss', 'f1', 'mcc'] as const;
    expect(gateReportSentence(gateReportOf({ ...worse, metrics }, {}, [shows()]))).toContain(
      '; average precision, KS separation, log loss and 2 more, which no gate asks about, are shown worse.',
    );
  });

  test("says of recipes trained anew for each fold that nothing may take anything's place", () => {
    expect(gateReportSentence({ ...gateReportOf(comparison(), {}, [shows()]), refit: true })).toBe(
      'flights v2 against flights v1, trained anew for each fold: passed the only check. A promotion measures the registered versions.',
    );
  });
});

import { describe, expect, test } from 'vitest';
import { gateReportSentence } from '../../../domain/gates/report-sentence.js';
import type { GateSpec } from '../../../domain/pipeline-definition.js';
import { comparison } from '../../support/comparisons.js';
import { gateReportOf } from '../../support/gate-reports.js';

const loads = (tolerance: number): GateSpec => ({ mode: 'enforce', check: 'loads', tolerance });
const sentence = (...gates: readonly GateSpec[]) => gateReportSentence(gateReportOf(comparison(), {}, gates));

describe('the verdict in one sentence', () => {
  test('says of a passed report that a person still has to approve', () => {
    expect(sentence(loads(1))).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves.',
    );
  });

  test('names the failed checks of a refused challenger', () => {
    expect(sentence(loads(-1), loads(1))).toBe(
      'flights v2 is refused: 1 of 2 checks against flights v1 failed (loads).',
    );
  });

  test('names what the data cannot settle', () => {
    expect(sentence({ mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 })).toBe(
      'flights v2 is not promoted: the data cannot settle 1 of 1 checks against flights v1 (beats-baseline auc).',
    );
  });

  test('counts enforced checks only, and repeats what advice did not pass', () => {
    const report = gateReportOf(comparison(), {}, [
      loads(1),
      { mode: 'advise', check: 'loads', tolerance: -1 },
      { mode: 'advise', check: 'loads', tolerance: 1 },
      { mode: 'observe', check: 'loads', tolerance: -1 },
    ]);
    expect(gateReportSentence(report)).toBe(
      'flights v2 passed the only check against flights v1 and may take its place if a person approves. Advice against it: loads.',
    );
  });

  test('tells what could not be measured from what the data cannot settle', () => {
    const found = gateReportOf(comparison(), {}, [loads(1), loads(1)]);
    const checks = found.checks.map((check, index) => ({
      ...check,
      verdict: index === 0 ? ('error' as const) : ('inconclusive' as const),
    }));
    expect(gateReportSentence({ ...found, verdict: 'inconclusive', checks })).toBe(
      'flights v2 is not promoted: the data cannot settle 1 of 2 checks against flights v1 (loads); 1 of 2 checks could not be measured (loads).',
    );
  });

  test('says that nothing was shown when no check is enforced', () => {
    const observed = gateReportOf(comparison(), {}, [{ mode: 'observe', check: 'loads', tolerance: 1 }]);
    expect(observed.verdict).toBe('inconclusive');
    expect(gateReportSentence(observed)).toBe(
      'flights v2 is not promoted: no check is enforced, so nothing was shown.',
    );
  });

  test('takes a check of an old report, which has no mode, for an enforced one', () => {
    const { champion, challenger } = gateReportOf(comparison());
    expect(
      gateReportSentence({ champion, challenger, verdict: 'pass', checks: [{ name: 'loads', verdict: 'pass' }] }),
    ).toBe('flights v2 passed the only check against flights v1 and may take its place if a person approves.');
  });

  test("says of recipes trained anew for each fold that nothing may take anything's place", () => {
    expect(gateReportSentence({ ...gateReportOf(comparison(), {}, [loads(1)]), refit: true })).toBe(
      'flights v2 against flights v1, trained anew for each fold: passed the only check. A promotion measures the registered versions.',
    );
  });
});

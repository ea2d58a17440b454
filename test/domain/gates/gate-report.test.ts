import { describe, expect, test } from 'vitest';
import { gateReportSentence } from '../../../domain/gates/gate-report.js';
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

  test.each<[GateSpec, string]>([
    [loads(1), 'passed 1 check. A promotion measures the registered versions.'],
    [loads(-1), '1 of 1 check failed (loads).'],
  ])('promises nothing to versions that were trained for each fold: %j', (gate, ending) => {
    const report = gateReportOf(comparison(), { refit: true, snapshots: [] }, [gate]);
    expect(gateReportSentence(report)).toBe(
      `flights v2 against flights v1, each trained anew for every fold: ${ending}`,
    );
  });
});

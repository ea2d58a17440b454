import { describe, expect, test } from 'vitest';
import { evaluateGates } from '../../../domain/gates/evaluate-gates.js';
import type { GateCheck } from '../../../domain/gates/gate-report.js';
import { noProbes } from '../../../domain/gates/probes.js';
import type { GateSpec } from '../../../domain/gates/gate-rule.js';
import { comparison, difference, slice } from '../../support/comparisons.js';

/** No policy is judged that shows nothing. */
const shows: GateSpec = { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 };

/** A policy of 90 % whose k-th challenger is judged. */
function checkAs(reuse: number, gate: GateSpec): GateCheck {
  const plain = comparison({ slices: [slice('ATL', 500, difference(-0.05, 0.02, { se: 0.012 }))] });
  const method = { ...plain.method, reuse, level: 1 - 0.1 / reuse };
  const facts = { kind: 'promotion', baselineComparison: null, probes: noProbes } as const;
  const evaluation = evaluateGates([shows, gate], { ...facts, comparison: { ...plain, method } });
  const check = evaluation.status === 'evaluated' ? evaluation.checks.at(-1) : undefined;
  if (check === undefined) throw new Error('the gates were not evaluated');
  return check;
}

describe('checks on rows that were judged on before', () => {
  test.each([
    [1, '90 % interval'],
    [3, '96.67 % interval'],
  ])('name the level of the interval for challenger %i', (reuse, words) => {
    const notWorse = checkAs(reuse, { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.01 });
    expect(notWorse.why).toContain(words);
    expect(notWorse.why).toContain('would be noticed');
    expect(checkAs(reuse, { mode: 'enforce', check: 'calibrated', maxEce: 1, maxSlopeError: null }).why).toContain(
      words,
    );
  });

  test('show harm of a slice at a k-th of the level', () => {
    const gate: GateSpec = {
      mode: 'enforce',
      check: 'worst-slice',
      metric: 'auc',
      column: 'origin',
      minRows: 100,
      harm: 0.02,
    };
    // t = (-0.05 + 0.02) / 0.012 = -2.5 with 27 degrees of freedom: p = 0.0094 by SciPy, between 5 % / 6 and 5 % / 5.
    expect(checkAs(5, gate)).toMatchObject({ verdict: 'fail', slices: [{ finding: 'harmed' }] });
    expect(checkAs(6, gate)).toMatchObject({ verdict: 'pass', slices: [{ finding: 'no-harm-shown' }] });
  });
});

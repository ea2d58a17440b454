import { describe, expect, it } from 'vitest';
import { decideValidation } from '../../../domain/validation/decide-validation.js';
import type { RuleResult } from '../../../domain/validation/results.js';

function result(severity: RuleResult['severity'], verdict: RuleResult['verdict']): RuleResult {
  const rule = `${severity} ${verdict}`;
  return { rule, severity, verdict, checked: 10, failing: 1, found: 0.1, limit: 'none', examples: [], why: 'why' };
}

function decide(results: readonly RuleResult[], rows: { readonly found?: number; readonly quarantined?: number } = {}) {
  const { found = 100, quarantined = 0 } = rows;
  return decideValidation({ results, rowsFound: found, quarantinedRows: quarantined, maxQuarantineShare: 0.1 });
}

describe('what follows from a rule', () => {
  it.each([
    ['stop', 'passed', [], []],
    ['stop', 'failed', ['stop failed: why'], []],
    ['stop', 'unmeasured', [], ['stop unmeasured: why']],
    ['quarantine', 'passed', [], []],
    ['quarantine', 'failed', [], ['quarantine failed: why; quarantined']],
    ['warn', 'passed', [], []],
    ['warn', 'failed', [], ['warn failed: why']],
    ['warn', 'unmeasured', [], ['warn unmeasured: why']],
  ] as const)('%s that %s', (severity, verdict, grounds, warnings) => {
    const status = grounds.length === 0 ? 'passed' : 'stopped';
    expect(decide([result(severity, verdict)])).toEqual({ status, grounds, warnings });
  });

  it('is said of every rule, in their order', () => {
    const decision = decide([result('stop', 'failed'), result('warn', 'failed'), result('stop', 'failed')]);
    expect(decision.grounds).toHaveLength(2);
    expect(decision.warnings).toHaveLength(1);
  });

  it('is nothing in an empty batch, where there was nothing to measure', () => {
    expect(decide([result('stop', 'unmeasured')], { found: 0 })).toEqual({
      status: 'passed',
      grounds: [],
      warnings: [],
    });
  });
});

describe('the share of quarantined rows', () => {
  it.each([
    [0, []],
    [10, []],
    [11, ['11 of 100 rows were quarantined (share 0.11); the limit is 0.1']],
    [100, ['100 of 100 rows were quarantined (share 1); the limit is 0.1']],
  ])('of %i in 100 rows with a limit of 0.1', (quarantined, grounds) => {
    expect(decide([], { quarantined }).grounds).toEqual(grounds);
  });
});

import { describe, expect, it } from 'vitest';
import { forecastChurn, sayChurnForecast } from '../../../domain/rollout/churn-forecast.js';
import { churnLimitOf } from '../../../domain/rollout/churn-limit.js';
import { flightsDefinition } from '../../support/flights-definition.js';

const flips = (toPositive: number, toNegative: number, rows = 1_000) => ({ rows, toPositive, toNegative });

describe('the churn that a rollout is likely to see', () => {
  it('is worth a warning only beyond the limit', () => {
    expect(forecastChurn(flips(150, 100), 0.25)).toBeNull();
    expect(forecastChurn(flips(150, 101), 0.25)).toEqual({ rows: 1_000, differ: 251, limit: 0.25 });
  });

  it('is not told where decisions were not compared, or nobody looks at them', () => {
    expect(forecastChurn(null, 0.25)).toBeNull();
    expect(forecastChurn(flips(0, 0, 0), 0.25)).toBeNull();
    expect(forecastChurn(flips(500, 500), null)).toBeNull();
  });

  it('has the limit of the rollout and of the watch, and none without either', () => {
    const { rollout, watch, analysis } = flightsDefinition();
    expect(churnLimitOf({ rollout, watch: { ...watch, cycles: 1 }, analysis })).toBe(analysis.maxChurn);
    const step = [{ kind: 'shadow', cycles: 1 }] as const;
    expect(churnLimitOf({ rollout: step, watch: { ...watch, cycles: 0 }, analysis })).toBe(analysis.maxChurn);
    expect(churnLimitOf({ rollout: [], watch: { ...watch, cycles: 0 }, analysis })).toBeNull();
  });

  it('is one sentence with both numbers', () => {
    expect(sayChurnForecast({ rows: 4_000, differ: 1_204, limit: 0.25 })).toBe(
      '30.1 % of the decisions on the 4,000 compared rows differ, and the rollout stops a challenger beyond 25 % ' +
        '(analysis.maxChurn): expect it to fail there.',
    );
  });
});

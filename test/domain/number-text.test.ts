import { describe, expect, test } from 'vitest';
import { withMinusSigns } from '../../domain/number-text.js';

describe('the minus sign of numbers', () => {
  test.each([
    ['AUC -0.003 (90 % interval -0.01 to +0.02)', 'AUC −0.003 (90 % interval −0.01 to +0.02)'],
    ['up to 1.2e-7', 'up to 1.2e−7'],
    ['-.5', '−.5'],
  ])('is written the same in %j', (text, expected) => {
    expect(withMinusSigns(text)).toBe(expected);
  });

  test.each(['2001-04-01 to 2001-04-12', 'not-worse auc', 'rows 3-4', 'route ATL-1', 'a --flag', 'flights-3m.parquet'])(
    'leaves the hyphens of %j',
    (text) => {
      expect(withMinusSigns(text)).toBe(text);
    },
  );
});

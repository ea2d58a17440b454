import { expect, it } from 'vitest';
import { performanceText } from '../../../domain/monitoring/performance-text.js';

const none = { value: null, promised: null, lower: null, upper: null, margin: null };

it('names the metric with what was found and what was promised', () => {
  const auc = { ...none, metric: 'auc', value: 0.6123, promised: 0.634 } as const;
  expect(performanceText({ metrics: {}, performance: auc })).toBe('AUC 0.6123 (promised 0.6340)');
  const mae = { ...none, metric: 'mae', value: 12.3456, promised: 1000 } as const;
  expect(performanceText({ metrics: {}, performance: mae })).toBe('mean absolute error 12.35 (promised 1000)');
});

it('says so where nothing could be measured, or nothing was promised', () => {
  expect(performanceText({ metrics: {}, performance: { ...none, metric: 'rmse' } })).toBe(
    'root mean squared error not measured',
  );
  expect(performanceText({ metrics: {}, performance: { ...none, metric: 'brier', value: 0.2 } })).toBe(
    'Brier score 0.2000',
  );
});

it('reads AUC from a record that was written before other metrics were judged', () => {
  expect(performanceText({ metrics: { auc: 0.6123 } })).toBe('AUC 0.6123');
  expect(performanceText({ metrics: { auc: null } })).toBe('AUC not measured');
});

import { notWorse } from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

/** A definition as a user writes it, with nothing in it that has a default. Fresh every time, to be changed by a test. */
export function minimal() {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv', depots: { path: 'depots.parquet' } } as Record<string, unknown>,
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric', depot: 'categorical' } as Record<string, string>,
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [notWorse('auc', { margin: 0.01 })] as unknown[],
  };
}

/** Everything that is wrong with a definition. */
export function problemsOf(value: unknown): readonly Problem[] {
  try {
    parsePipeline(value, 'pipelines/parcels/pipeline.ts');
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'INVALID_DEFINITION') return error.problems;
    throw error;
  }
  return [];
}

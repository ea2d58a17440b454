import { notWorse } from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

/** A gate that shows something, which every policy needs. */
export const shows = notWorse('auc', { margin: 0.01 });

/** A definition whose only gate is that one; tests state what they are about. */
export function definition(overrides: Record<string, unknown> = {}) {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv' },
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric', depot: 'categorical' },
      sensitive: ['sex', 'age_group'],
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [shows] as unknown[],
    ...overrides,
  };
}

/** What is wrong with it; nothing where it loads. */
export function problemsOf(overrides: Record<string, unknown>): readonly Problem[] {
  try {
    parsePipeline(definition(overrides), 'pipelines/parcels/pipeline.ts');
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'INVALID_DEFINITION') return error.problems;
    throw error;
  }
  return [];
}

/** The same where the label is a number. */
export const showsNumbers = notWorse('mae', { margin: 1 });

/** What a definition says otherwise where its label is a number. */
export const numbers = {
  label: { column: 'minutes', delay: '2 days', kind: 'regression' },
  baseline: { expression: '10 + weight', threshold: 35 },
};

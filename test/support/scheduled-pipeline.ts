import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { notWorse, definePipeline } from '../../contracts/define-pipeline.js';
import type { PipelineDefinition, SchedulePolicy } from '../../domain/pipeline-definition.js';

/** A definition of which only the schedules matter; `name` keeps tests on a shared server apart. */
export function scheduledPipeline(overrides: Partial<SchedulePolicy> = {}, name = 'flights'): PipelineDefinition {
  const definition = parsePipeline(
    definePipeline({
      name,
      dataset: {
        sources: { flights: 'flights.parquet' },
        sql: 'features.sql',
        key: 'row_key',
        entity: 'route',
        eventTime: 'day',
        features: { distance: 'numeric' },
      },
      window: { every: '1 day', start: '2001-03-01' },
      label: { column: 'late', delay: '1 day' },
      decision: { positiveRate: 0.2 },
      baseline: { expression: '0.2' },
      training: { command: ['train'], window: '28 days', validation: '7 days' },
      gates: [notWorse('auc', { margin: 0.01 })],
      schedules: {
        score: '0 0 * * *',
        monitor: '0 12 * * *',
        retrain: '0 14 * * MON',
        catchUp: '7 days',
        paused: true,
      },
    }),
    'a test',
  );
  return { ...definition, schedules: { ...definition.schedules, ...overrides } };
}

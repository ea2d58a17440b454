import { formatDuration } from '../../domain/duration.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { earliestTrainingClock } from '../../domain/training-plan.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { RetrainPlan } from './begin-retrain.js';

/**
 * What a refused training snapshot means to who asked for a retrain: they named a data clock, not a window. A training
 * window that begins before the sources do is answered with the first clock that works; anything else stays as it is.
 */
export async function explainUncovered(
  error: unknown,
  dataset: Pick<DatasetBuilder, 'coverage'>,
  plan: Pick<RetrainPlan, 'asOf' | 'windows'>,
  definition: PipelineDefinition,
): Promise<unknown> {
  if (!(error instanceof PermanentFailure) || error.type !== 'WINDOW_BEYOND_COVERAGE') return error;
  const coverage = await dataset.coverage(definition);
  if (coverage === null || plan.windows.training.start >= coverage.first) return error;
  const { start, end } = plan.windows.training;
  const trainingMs = Date.parse(end) - Date.parse(start);
  const earliest = earliestTrainingClock(definition, coverage.first, trainingMs);
  if (Date.parse(earliest) <= Date.parse(plan.asOf)) return error;
  return new PermanentFailure(
    'WINDOW_BEYOND_COVERAGE',
    `It is too early to train ${definition.name}: its sources do not reach back far enough.`,
    {
      problems: [
        {
          field: 'asOf',
          found: `${plan.asOf}, with which training begins ${start} and the first row is of ${coverage.first}`,
          expected: `${earliest} or later: ${describeLayout(definition, trainingMs)}`,
        },
      ],
      example: JSON.stringify({ pipeline: definition.name, asOf: earliest }),
      cause: error,
    },
  );
}

/** Everything between the first row that is learned from and the data clock, in time order. */
function describeLayout({ training, backtest, label }: PipelineDefinition, trainingMs: number): string {
  return [
    `training ${formatDuration(trainingMs)}`,
    `validation ${formatDuration(training.validationMs)}`,
    `gap ${formatDuration(backtest.gapMs)}`,
    `${String(backtest.folds)} folds of ${formatDuration(backtest.foldMs)} for the backtest`,
    `and ${formatDuration(label.delayMs)} until labels are known`,
  ].join(', ');
}

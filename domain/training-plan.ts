import type { BacktestPolicy, PipelineDefinition } from './pipeline-definition.js';
import type { Window } from './window.js';

/** Which days a training run looks at. In time order: training, validation, a gap, then the days kept for the backtest. */
export interface TrainingWindows {
  readonly training: Window;
  readonly validation: Window;
}

/**
 * Places training and validation so that the walk-forward folds of the backtest still fit behind them: a version is
 * never judged on days that shaped it. Only rows whose label was known at `asOf` take part.
 */
export function planTrainingWindows(
  definition: PipelineDefinition,
  asOf: string,
  trainingMs = definition.training.windowMs,
): TrainingWindows {
  const { backtest, training } = definition;
  const foldsStartMs = lastMaturedEndMs(definition, asOf) - backtest.folds * backtest.foldMs;
  const validationEndMs = foldsStartMs - backtest.gapMs;
  const validationStartMs = validationEndMs - training.validationMs;
  return {
    training: windowOf(validationStartMs - trainingMs, validationStartMs),
    validation: windowOf(validationStartMs, validationEndMs),
  };
}

/** The earliest data clock with which training does not begin before the window that holds the sources' first row. */
export function earliestTrainingClock(
  definition: PipelineDefinition,
  firstRowAt: string,
  trainingMs = definition.training.windowMs,
): string {
  const { backtest, training } = definition;
  const startMs = toGrid(definition, Date.parse(firstRowAt), Math.floor);
  return clockOf(
    definition,
    startMs + trainingMs + training.validationMs + backtest.gapMs + backtest.folds * backtest.foldMs,
  );
}

export type FoldPlan =
  | { readonly status: 'planned'; readonly folds: readonly Window[] }
  | { readonly status: 'too-early'; readonly earliestAsOf: string };

/**
 * The latest folds whose labels are known at `asOf`. `trainedUntil` are the ends of everything that shaped either side
 * (training and validation); the first fold begins at least the gap after the last of them.
 */
export function planFolds(definition: PipelineDefinition, asOf: string, trainedUntil: readonly string[]): FoldPlan {
  const { backtest } = definition;
  const endMs = lastMaturedEndMs(definition, asOf);
  const startMs = endMs - backtest.folds * backtest.foldMs;
  const earliestMs = Math.max(...trainedUntil.map(Date.parse)) + backtest.gapMs;
  if (startMs < earliestMs) {
    return { status: 'too-early', earliestAsOf: clockOf(definition, earliestMs + backtest.folds * backtest.foldMs) };
  }
  return { status: 'planned', folds: foldsFrom(backtest, startMs) };
}

/** End of the last window of the pipeline's grid whose label delay has passed at `asOf`, in milliseconds. */
export function lastMaturedEndMs(definition: PipelineDefinition, asOf: string): number {
  return toGrid(definition, Date.parse(asOf) - definition.label.delayMs, Math.floor);
}

/** The first data clock at which all labels of folds up to `foldsEndMs` are known. */
function clockOf(definition: PipelineDefinition, foldsEndMs: number): string {
  return new Date(toGrid(definition, foldsEndMs, Math.ceil) + definition.label.delayMs).toISOString();
}

function toGrid({ window }: PipelineDefinition, ms: number, round: (steps: number) => number): number {
  const anchorMs = Date.parse(window.start);
  return anchorMs + round((ms - anchorMs) / window.everyMs) * window.everyMs;
}

function foldsFrom(policy: BacktestPolicy, startMs: number): Window[] {
  return Array.from({ length: policy.folds }, (_, k) =>
    windowOf(startMs + k * policy.foldMs, startMs + (k + 1) * policy.foldMs),
  );
}

function windowOf(startMs: number, endMs: number): Window {
  return { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
}

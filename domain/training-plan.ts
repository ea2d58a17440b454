import type { BacktestPolicy, PipelineDefinition, WindowPolicy } from './pipeline-definition.js';
import type { Window } from './window.js';

/** Which days a training run looks at. In time order: training, validation, a gap, then the days kept for the backtest. */
export interface TrainingWindows {
  readonly training: Window;
  readonly validation: Window;
  /**
   * The data clock of the training rows. A label that became known later reaches into the folds: its row is purged. Left
   * out by runs from before rows were purged, which looked at what their own clock knew.
   */
  readonly knownAt?: string;
}

/** A fold and what a version that is trained for it alone may look at. */
export interface RefitFold {
  readonly window: Window;
  readonly windows: TrainingWindows & { readonly knownAt: string };
}

/**
 * Places training and validation so that the walk-forward folds of the backtest still fit behind them: a version is
 * never judged on days that shaped it. Only rows whose label was known before the first fold take part.
 */
export function planTrainingWindows(
  definition: PipelineDefinition,
  asOf: string,
  trainingMs = definition.training.windowMs,
): RefitFold['windows'] {
  const foldsStartMs = lastMaturedEndMs(definition, asOf) - foldSpanMs(definition.backtest);
  return windowsBefore(definition, foldsStartMs, trainingMs);
}

/** The earliest data clock with which training does not begin before the window that holds the sources' first row. */
export function earliestTrainingClock(
  definition: PipelineDefinition,
  firstRowAt: string,
  trainingMs = definition.training.windowMs,
): string {
  const { backtest, training } = definition;
  const startMs = toGrid(definition.window, Date.parse(firstRowAt), Math.floor);
  return clockOf(definition, startMs + trainingMs + training.validationMs + backtest.gapMs + foldSpanMs(backtest));
}

export type FoldPlan =
  | { readonly status: 'planned'; readonly folds: readonly Window[] }
  | { readonly status: 'too-early'; readonly earliestAsOf: string };

/**
 * The latest folds whose labels are known at `asOf`. `trainedUntil` are the ends of everything that shaped either side
 * (training and validation); every fold begins at least the gap after the last of them.
 */
export function planFolds(definition: PipelineDefinition, asOf: string, trainedUntil: readonly string[]): FoldPlan {
  const { backtest } = definition;
  const folds = latestFolds(definition, asOf, backtest.folds);
  const missingMs = Math.max(...folds.map((fold) => missingGapMs(backtest, fold, trainedUntil)));
  if (missingMs <= 0) return { status: 'planned', folds };
  const endMs = Math.max(...folds.map((fold) => Date.parse(fold.end)));
  return { status: 'too-early', earliestAsOf: clockOf(definition, endMs + missingMs) };
}

/** How much later a fold would have to begin for both sides to be versions of before it; 0 when it is late enough. */
export function missingGapMs(
  { gapMs }: Pick<BacktestPolicy, 'gapMs'>,
  fold: Window,
  trainedUntil: readonly string[],
): number {
  return Math.max(0, ...trainedUntil.map((end) => Date.parse(end) + gapMs - Date.parse(fold.start)));
}

export type RefitPlan =
  | { readonly status: 'planned'; readonly folds: readonly RefitFold[] }
  | { readonly status: 'too-few-days'; readonly possibleFolds: number };

/**
 * Folds for versions that are trained anew for each of them, as far back as the data reaches. Rolling: a training window
 * of constant length. Expanding: everything from the first whole window of the data on. In both, the first fold has at
 * least a whole training window before it.
 */
export function planRefitFolds(
  definition: PipelineDefinition,
  args: { readonly asOf: string; readonly folds: number; readonly dataFrom: string },
): RefitPlan {
  const { training, backtest } = definition;
  const originMs = firstWholeWindowMs(definition, args.dataFrom);
  const reaches = ({ windows }: RefitFold): boolean => Date.parse(windows.training.start) >= originMs;
  const rolling = latestFolds(definition, args.asOf, args.folds).map((window) => ({
    window,
    windows: windowsBefore(definition, Date.parse(window.start), training.windowMs),
  }));
  if (!rolling.every(reaches)) return { status: 'too-few-days', possibleFolds: rolling.filter(reaches).length };
  if (backtest.scheme === 'rolling') return { status: 'planned', folds: rolling };
  const start = new Date(originMs).toISOString();
  const folds = rolling.map(({ window, windows }) => ({
    window,
    windows: { ...windows, training: { start, end: windows.training.end } },
  }));
  return { status: 'planned', folds };
}

/** End of the last window of the pipeline's grid whose labels have reached the sources at `asOf`, in milliseconds. */
export function lastMaturedEndMs(definition: PipelineDefinition, asOf: string): number {
  const { label, window } = definition;
  return toGrid(window, Date.parse(asOf) - label.delayMs - label.ingestionDelayMs, Math.floor);
}

/** The first data clock at which all labels of folds up to `foldsEndMs` have reached the sources. */
function clockOf({ label, window }: PipelineDefinition, foldsEndMs: number): string {
  return new Date(toGrid(window, foldsEndMs, Math.ceil) + label.delayMs + label.ingestionDelayMs).toISOString();
}

function latestFolds(definition: PipelineDefinition, asOf: string, count: number): readonly Window[] {
  const { foldMs, stepMs } = definition.backtest;
  const lastStartMs = lastMaturedEndMs(definition, asOf) - foldMs;
  return Array.from({ length: count }, (_, k) => {
    const startMs = lastStartMs - (count - 1 - k) * stepMs;
    return windowOf(startMs, startMs + foldMs);
  });
}

/** From the start of the first fold to the end of the last. */
function foldSpanMs({ folds, foldMs, stepMs }: BacktestPolicy): number {
  return (folds - 1) * stepMs + foldMs;
}

function windowsBefore(definition: PipelineDefinition, foldStartMs: number, trainingMs: number) {
  const { backtest, training, label, window } = definition;
  // A window that the gap cuts is left out whole: its labels are known only a delay after its end.
  const validationEndMs = toGrid(window, foldStartMs - backtest.gapMs, Math.floor);
  const validationStartMs = validationEndMs - training.validationMs;
  return {
    training: windowOf(validationStartMs - trainingMs, validationStartMs),
    validation: windowOf(validationStartMs, validationEndMs),
    // What became known only just before the fold had not reached the sources when the fold began.
    knownAt: new Date(foldStartMs - label.ingestionDelayMs).toISOString(),
  };
}

function firstWholeWindowMs({ window }: PipelineDefinition, dataFrom: string): number {
  const startMs = toGrid(window, Date.parse(dataFrom), Math.floor);
  return startMs < Date.parse(dataFrom) ? startMs + window.everyMs : startMs;
}

/** The grid reaches in both directions from the first scored window. */
function toGrid({ start, everyMs }: WindowPolicy, instantMs: number, round: (steps: number) => number): number {
  const anchorMs = Date.parse(start);
  return anchorMs + round((instantMs - anchorMs) / everyMs) * everyMs;
}

function windowOf(startMs: number, endMs: number): Window {
  return { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
}

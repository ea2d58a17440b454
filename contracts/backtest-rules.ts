import { formatDuration } from '../domain/duration.js';
import type { Problem } from '../domain/failure-types.js';
import { countFoldDays, daysOfFold, defaultFoldMs } from '../domain/fold-days.js';
import { MIN_BLOCKS } from '../domain/statistics/block-bootstrap.js';
import type { PipelineSections } from './pipeline-definition.js';

type Given = Partial<PipelineSections>;

/** What must hold between the folds, and between them and the other sections. Each rule gives the problems it finds. */
export const backtestRules: readonly ((given: Given) => readonly Problem[])[] = [
  gapCoversLabelDelay,
  foldsDoNotOverlap,
  foldsHaveBlocks,
  stableFoldsHaveBlocks,
];

/** A fold whose training labels were not known yet would be judged by a model that saw the future. */
function gapCoversLabelDelay({ backtest, label }: Given): Problem[] {
  if (backtest?.gap === undefined || label === undefined) return [];
  const least = label.delay + label.ingestionDelay;
  if (backtest.gap >= least) return [];
  const expected = `at least label delay and ingestion delay, ${formatDuration(least)}`;
  return [{ field: 'backtest.gap', found: formatDuration(backtest.gap), expected }];
}

/** Rows in two folds would be counted twice, and an interval over them would be too narrow. */
function foldsDoNotOverlap({ backtest, window }: Given): Problem[] {
  const foldMs = lengthOfFold(backtest, window);
  const step = backtest?.step;
  if (foldMs === undefined || step === undefined || step >= foldMs) return [];
  const expected = `at least the length of a fold, ${formatDuration(foldMs)}: folds that overlap judge the same rows twice`;
  return [{ field: 'backtest.step', found: formatDuration(step), expected }];
}

/** Days are the blocks that an interval is drawn from; without one no gate can ever be passed. */
function foldsHaveBlocks({ backtest, window }: Given): Problem[] {
  const foldMs = lengthOfFold(backtest, window);
  if (backtest?.blocks !== 'day' || window === undefined || foldMs === undefined) return [];
  const { folds, step = foldMs } = backtest;
  const days = countFoldDays({ folds, foldMs, stepMs: step }, Date.parse(window.start));
  if (days >= MIN_BLOCKS) return [];
  const found = `${String(folds)} folds of ${formatDuration(foldMs)}, with rows of ${count(days)} in all`;
  return [{ field: 'backtest.fold', found, expected: longEnough('folds of', 'an interval', window.every) }];
}

/** This gate judges every fold by itself, so every fold needs an interval of its own. */
function stableFoldsHaveBlocks({ backtest, window, gates = [] }: Given): Problem[] {
  const foldMs = lengthOfFold(backtest, window);
  if (backtest?.blocks !== 'day' || window === undefined || foldMs === undefined) return [];
  const days = daysOfFold(Date.parse(window.start), foldMs).length;
  if (days >= MIN_BLOCKS) return [];
  const expected = longEnough('folds of', 'the interval of each fold', window.every);
  return gates.flatMap((gate, index) =>
    gate.check === 'stable'
      ? [{ field: `gates.${String(index)}`, found: `stable over folds with rows of ${count(days)} each`, expected }]
      : [],
  );
}

function lengthOfFold(backtest: Given['backtest'], window: Given['window']): number | undefined {
  return backtest?.fold ?? (window === undefined ? undefined : defaultFoldMs(window.every));
}

function longEnough(what: string, whose: string, everyMs: number): string {
  const example = `{ folds: 3, fold: "${formatDuration(defaultFoldMs(everyMs))}" }`;
  return `${what} at least ${String(MIN_BLOCKS)} days, the blocks that ${whose} needs, such as backtest: ${example}; or blocks: "entity"`;
}

function count(days: number): string {
  return days === 1 ? '1 day' : `${String(days)} days`;
}

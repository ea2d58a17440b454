import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { nextDueWindow, windowOfNominalTime, windowOfStart, type WindowChoice } from '../../domain/score-window.js';
import { formatWindow, type Window } from '../../domain/window.js';

/** What the choice depends on. Coverage is the first and last event in the sources. */
export interface WindowQuestion {
  readonly definition: PipelineDefinition;
  readonly asked: string | undefined;
  readonly scheduledFor: string | null;
  readonly isPublished: (window: Window) => boolean;
  readonly coverage: { readonly first: string; readonly last: string } | null;
  readonly now: string;
}

/**
 * The window of a scoring run. Throws INVALID_INPUT, WINDOW_IN_FUTURE, WINDOW_BEYOND_COVERAGE or NOTHING_TO_SCORE, each
 * saying which windows would do.
 */
export function chooseScoreWindow(question: WindowQuestion): Window {
  const { definition, asked, scheduledFor, coverage } = question;
  const coveredUntil =
    coverage === null ? definition.window.start : new Date(Date.parse(coverage.last) + 1).toISOString();
  const choice =
    asked !== undefined
      ? windowOfStart(definition.window, asked)
      : scheduledFor !== null
        ? windowOfNominalTime(definition.window, scheduledFor)
        : nextDueWindow(definition.window, question.isPublished, coveredUntil);
  const window = windowOrFailure(choice, question);
  if (window.start > question.now)
    throw outside('WINDOW_IN_FUTURE', question, window, `a window that has begun by now (${question.now})`);
  if (window.start >= coveredUntil || (coverage !== null && window.end <= coverage.first)) {
    throw outside(
      'WINDOW_BEYOND_COVERAGE',
      question,
      window,
      `a window between ${coverage?.first ?? 'the first row'} and ${coverage?.last ?? 'the last row'}, which is what the source covers`,
    );
  }
  return window;
}

function windowOrFailure(choice: WindowChoice, { asked, definition }: WindowQuestion): Window {
  switch (choice.status) {
    case 'chosen':
      return choice.window;
    case 'off-grid':
      throw invalidWindow(
        asked,
        `the start of a window; the next one begins at ${choice.nearest}`,
        exampleOf(definition, choice.nearest),
      );
    case 'before-start':
      throw invalidWindow(asked, `no earlier than the pipeline's first window, ${choice.first}`, exampleOf(definition));
    case 'none-due':
      throw new PermanentFailure(
        'NOTHING_TO_SCORE',
        `Every window with data is published, up to ${choice.publishedUntil}.`,
        {
          example: `${exampleOf(definition)} scores one window again`,
        },
      );
  }
}

function invalidWindow(asked: string | undefined, expected: string, example: string): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', 'There is no such window.', {
    problems: [{ field: 'window', found: asked ?? 'nothing', expected }],
    example,
  });
}

function outside(
  type: 'WINDOW_IN_FUTURE' | 'WINDOW_BEYOND_COVERAGE',
  { definition }: WindowQuestion,
  window: Window,
  expected: string,
): PermanentFailure {
  return new PermanentFailure(type, 'This window cannot be scored.', {
    problems: [{ field: 'window', found: formatWindow(window), expected }],
    example: exampleOf(definition),
  });
}

/** An input that names a window, by default the first one of the pipeline. */
function exampleOf({ name, window }: PipelineDefinition, start = window.start): string {
  return JSON.stringify({ pipeline: name, window: start });
}

import type { Verdict } from './verdict.js';

/** By what a run is found in a list of runs. Keywords: few values, that do not change with every row or window. */
export interface ListedFacts {
  readonly pipeline: string | null;
  readonly phase: string;
  readonly verdict: Verdict | null;
  readonly waitingFor: string | null;
}

/** Words that make no sense at the end of a phase. */
const danglingWords = new Set(['of', 'on', 'for', 'to', 'with', 'after', 'until', 'from', 'at']);

/** A phase without what changes while it lasts: `backtest: fold 1 of 3, …` is `backtest`, `judging window 2 of 60` is `judging window`. */
export function phaseKeyword(phase: string): string {
  const [beginning = ''] = phase.split(/[:,(]/);
  const words = beginning.trim().split(/\s+/);
  const firstNumber = words.findIndex((word) => /\d/.test(word));
  const kept = firstNumber < 0 ? words : words.slice(0, firstNumber);
  while (danglingWords.has(kept.at(-1) ?? '')) kept.pop();
  return kept.join(' ').slice(0, 80);
}

/** What people filter by, and how the sentences that say what a run waits for begin to say it. The first that fits counts. */
const waits: readonly (readonly [RegExp, string])[] = [
  [/approv|decision|go-ahead|a person/i, 'approval'],
  [/registry|mlflow/i, 'registry'],
  [/label/i, 'labels'],
  [/window|cycle/i, 'windows'],
  [/promotion/i, 'promotion'],
];

/** Who or what a run waits for, in one word; null when it waits for nothing. */
export function waitingKeyword(waitingFor: string | null): string | null {
  if (waitingFor === null) return null;
  return waits.find(([words]) => words.test(waitingFor))?.[1] ?? 'other';
}

import { sayPercent } from '../gates/check-facts.js';
import { leastWindows } from '../statistics/confidence-sequence.js';
import type { RolloutStep } from './rollout-policy.js';

/** What the labels of a rollout, and of its watch, can show at all. */
export interface HarmReach {
  readonly alpha: number;
  /** Judged windows from which on harm can be shown: of all steps together, and of the watch by itself. */
  readonly leastWindows: number;
  /** Of all steps together. */
  readonly stepWindows: number;
  readonly watchWindows: number;
}

export function findHarmReach(args: {
  readonly rollout: readonly RolloutStep[];
  readonly watchCycles: number;
  readonly alpha: number;
}): HarmReach {
  const { rollout, watchCycles, alpha } = args;
  const stepWindows = rollout.reduce((sum, { cycles }) => sum + cycles, 0);
  return { alpha, leastWindows: leastWindows(alpha), stepWindows, watchWindows: watchCycles };
}

/** For a person who reads a plan: fewer windows than that pass by their guardrails alone, and nothing else would say so. */
export function sayHarmReach({ alpha, leastWindows: least, stepWindows, watchWindows }: HarmReach): string {
  const sayPart = (name: string, windows: number): string => {
    if (windows === 0) return `${name}: none, so nothing is seen there`;
    const few = windows < least ? ': too few, so only guardrails can stop it there' : '';
    return `${name}: ${String(windows)} ${windows === 1 ? 'window' : 'windows'}${few}`;
  };
  return [
    `on labels from ${String(least)} judged windows on (alpha ${sayPercent(alpha)})`,
    sayPart('steps', stepWindows),
    sayPart('watch', watchWindows),
  ].join('\n');
}

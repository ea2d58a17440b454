import type { RolloutStep, StepNeed } from '../domain/rollout/rollout-policy.js';

/** How long a step lasts, in scored windows, and what it has to show: `no-harm` unless it says otherwise. */
interface StepOptions {
  readonly cycles?: number;
  readonly needs?: StepNeed;
}

/** The challenger scores along for so many scored windows; nobody is served by it. */
export function shadow({ cycles = 1, ...needs }: StepOptions = {}): RolloutStep {
  return { kind: 'shadow', cycles, ...needs };
}

/** The challenger serves this percentage of the entities for so many scored windows; the champion serves the others. */
export function share(sharePercent: number, { cycles = 1, ...needs }: StepOptions = {}): RolloutStep {
  return { kind: 'share', sharePercent, cycles, ...needs };
}

/**
 * Both sides compute everything while the champion serves, then everybody is switched at once, and can be switched back
 * for as many windows, because the champion goes on in shadow.
 */
export function blueGreen({ cycles = 1 }: { readonly cycles?: number } = {}): RolloutStep[] {
  return [shadow({ cycles }), share(100, { cycles })];
}

/**
 * A fixed split for a fixed number of windows. The winner is found by one test that is set before, made when the labels
 * of all these windows are known; only harm and broken guardrails end it earlier.
 */
export function abTest(plan: { readonly percent?: number; readonly cycles: number }): RolloutStep[] {
  return [share(plan.percent ?? 50, { cycles: plan.cycles, needs: 'better' })];
}

import type { LabelPolicy, WindowPolicy } from './pipeline-definition.js';
import type { Window } from './window.js';

/**
 * The window of the grid that begins at or after an instant: what a run with that nominal time scores. The grid is
 * anchored at `policy.start` and reaches in both directions, because training looks at windows before the first scored.
 */
export function windowAt(policy: WindowPolicy, instant: string): Window {
  const anchorMs = Date.parse(policy.start);
  const steps = Math.ceil((Date.parse(instant) - anchorMs) / policy.everyMs);
  return windowFrom(policy, anchorMs + steps * policy.everyMs);
}

/** The window that begins where this one ends. */
export function nextWindow(policy: WindowPolicy, window: Window): Window {
  return windowFrom(policy, Date.parse(window.end));
}

/** When the labels of a window are known. */
export function maturedAt(label: Pick<LabelPolicy, 'delayMs'>, window: Window): string {
  return new Date(Date.parse(window.end) + label.delayMs).toISOString();
}

/** Whether the labels of a window are known at `asOf`; at that very instant they are. */
export function isMatured(label: Pick<LabelPolicy, 'delayMs'>, window: Window, asOf: string): boolean {
  return Date.parse(maturedAt(label, window)) <= Date.parse(asOf);
}

function windowFrom(policy: WindowPolicy, startMs: number): Window {
  return { start: new Date(startMs).toISOString(), end: new Date(startMs + policy.everyMs).toISOString() };
}

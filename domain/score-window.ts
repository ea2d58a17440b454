import type { WindowPolicy } from './pipeline-definition.js';
import { nextWindow, windowAt } from './time-windows.js';
import type { Window } from './window.js';

/** Which window a scoring run takes, or why there is none. Instants are ISO. */
export type WindowChoice =
  | { readonly status: 'chosen'; readonly window: Window }
  | { readonly status: 'off-grid'; readonly nearest: string }
  | { readonly status: 'before-start'; readonly first: string }
  | { readonly status: 'none-due'; readonly publishedUntil: string };

/** A scheduled run scores the window that begins at or after its nominal time, and never one before the first. */
export function windowOfNominalTime(policy: WindowPolicy, nominal: string): WindowChoice {
  const isEarly = Date.parse(nominal) < Date.parse(policy.start);
  return { status: 'chosen', window: windowAt(policy, isEarly ? policy.start : nominal) };
}

/** A person may name any window of the grid by its start. */
export function windowOfStart(policy: WindowPolicy, start: string): WindowChoice {
  const window = windowAt(policy, start);
  if (Date.parse(window.start) !== Date.parse(start)) return { status: 'off-grid', nearest: window.start };
  if (Date.parse(start) < Date.parse(policy.start)) return { status: 'before-start', first: policy.start };
  return { status: 'chosen', window };
}

/** Without a window: the earliest that has data (`coveredUntil`, exclusive) and is not published yet. */
export function nextDueWindow(
  policy: WindowPolicy,
  isPublished: (window: Window) => boolean,
  coveredUntil: string,
): WindowChoice {
  let window = windowAt(policy, policy.start);
  for (; Date.parse(window.start) < Date.parse(coveredUntil); window = nextWindow(policy, window)) {
    if (!isPublished(window)) return { status: 'chosen', window };
  }
  return { status: 'none-due', publishedUntil: window.start };
}

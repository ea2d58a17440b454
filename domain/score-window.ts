import type { WindowPolicy } from './pipeline-definition.js';
import type { Window } from './window.js';

/** Which window a scoring run takes, or why there is none. Instants are ISO. */
export type WindowChoice =
  | { readonly status: 'chosen'; readonly window: Window }
  | { readonly status: 'off-grid'; readonly nearest: string }
  | { readonly status: 'before-start'; readonly first: string }
  | { readonly status: 'none-due'; readonly publishedUntil: string };

/** A scheduled run scores the window that begins at or after its nominal time. */
export function windowOfNominalTime(policy: WindowPolicy, nominal: string): WindowChoice {
  const startMs = Math.max(gridAtOrAfter(policy, Date.parse(nominal)), Date.parse(policy.start));
  return { status: 'chosen', window: windowAt(policy, startMs) };
}

/** A person may name any window of the grid by its start. */
export function windowOfStart(policy: WindowPolicy, start: string): WindowChoice {
  const startMs = Date.parse(start);
  const gridMs = gridAtOrAfter(policy, startMs);
  if (gridMs !== startMs) return { status: 'off-grid', nearest: new Date(gridMs).toISOString() };
  if (startMs < Date.parse(policy.start)) return { status: 'before-start', first: policy.start };
  return { status: 'chosen', window: windowAt(policy, startMs) };
}

/** Without a window: the earliest that has data (`coveredUntil`, exclusive) and is not published yet. */
export function nextDueWindow(
  policy: WindowPolicy,
  isPublished: (window: Window) => boolean,
  coveredUntil: string,
): WindowChoice {
  const endMs = Date.parse(coveredUntil);
  let startMs = Date.parse(policy.start);
  for (; startMs < endMs; startMs += policy.everyMs) {
    const window = windowAt(policy, startMs);
    if (!isPublished(window)) return { status: 'chosen', window };
  }
  return { status: 'none-due', publishedUntil: new Date(startMs).toISOString() };
}

function gridAtOrAfter(policy: WindowPolicy, instantMs: number): number {
  const anchorMs = Date.parse(policy.start);
  return anchorMs + Math.ceil((instantMs - anchorMs) / policy.everyMs) * policy.everyMs;
}

function windowAt(policy: WindowPolicy, startMs: number): Window {
  return { start: new Date(startMs).toISOString(), end: new Date(startMs + policy.everyMs).toISOString() };
}

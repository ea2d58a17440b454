import os from 'node:os';
import { parseWorkflowInput } from '../contracts/workflow-inputs.js';
import type { WorkflowType } from '../domain/workflow-inputs.js';

/** A start as it is sent to Temporal. */
export interface WorkflowStart {
  readonly type: WorkflowType;
  readonly workflowId: string;
  readonly input: { readonly pipeline: string };
  /** One line for lists in the UI. */
  readonly summary: string;
}

/**
 * Checks the input as the workflow's first activity will, and gives the run an id that tells its story. Absent options
 * (`undefined`) are left to the workflow's defaults. Throws INVALID_INPUT with every problem.
 */
export function planStart(
  type: WorkflowType,
  options: Readonly<Record<string, unknown>>,
  startedAt: string,
): WorkflowStart {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const input = parseWorkflowInput(type, given);
  const named = nameOf(type, given, input, startedAt);
  return {
    type,
    workflowId: `${type}/${input.pipeline}/${named}`,
    input,
    summary: summaryOf(type, input.pipeline, given),
  };
}

/** What the run is about where the input says it, so that the same work has the same id; else when it was started. */
function nameOf(
  type: WorkflowType,
  given: Readonly<Record<string, unknown>>,
  input: object,
  startedAt: string,
): string {
  const window: unknown = Reflect.get(input, 'window');
  if (given['dryRun'] === true) return `dry-run-${startedAt}`;
  if (given['planOnly'] === true) return `plan-${startedAt}`;
  if (given['drill'] === true) return `drill-${startedAt}`;
  if (typeof window === 'string') return shortInstant(window);
  if (type === 'score') return `next-${startedAt}`;
  const version: unknown = Reflect.get(input, type === 'backtest' ? 'challenger' : 'version');
  const named = typeof version === 'string' ? `v${version}` : startedAt;
  return given['refit'] === true ? `refit-${named}` : named;
}

/** `2001-03-05` for midnight, else the instant. */
export function shortInstant(instant: string): string {
  return instant.replace('T00:00:00.000Z', '').replace('.000Z', 'Z');
}

function summaryOf(type: WorkflowType, pipeline: string, given: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(given)
    .filter(([name]) => !['pipeline', 'by', 'reason', 'dryRun', 'planOnly', 'drill'].includes(name))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const who = typeof given['by'] === 'string' ? ` by ${given['by']}` : '';
  return `${verbOf(type, given)} ${[pipeline, ...facts].join(', ')}${who}`.slice(0, 200);
}

const verbs: Readonly<Record<WorkflowType, string>> = {
  score: 'Score',
  backtest: 'Backtest',
  retrain: 'Retrain',
  promote: 'Promote',
  rollback: 'Roll back',
  monitor: 'Monitor',
};

/** What is only tried is not called by the name of what it would do. */
function verbOf(type: WorkflowType, given: Readonly<Record<string, unknown>>): string {
  if (given['drill'] === true) return 'Rehearse a rollback of';
  if (given['dryRun'] === true && type === 'rollback') return 'Plan a rollback of';
  if (given['planOnly'] === true) return 'Plan a promotion of';
  return given['dryRun'] === true ? `Try without effect: ${verbs[type].toLowerCase()}` : verbs[type];
}

/** Who acts, when `--by` does not say it. */
export function osUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unnamed person';
  }
}

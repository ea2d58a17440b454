/**
 * Every permanent failure Gauntlet can report, in one list. Retrying cannot cure any of these; a person has to act.
 * Anything that is not one of these is transient and is left to the retry policy.
 */
export const failureTypes = [
  'INVALID_INPUT',
  'UNKNOWN_PIPELINE',
  'INVALID_DEFINITION',
  'WINDOW_IN_FUTURE',
  'WINDOW_BEYOND_COVERAGE',
  'NO_CHAMPION',
  'CHAMPION_EXISTS',
  'NO_CHALLENGER',
  'NOTHING_TO_SCORE',
  'NO_ROLLBACK_TARGET',
  'ROLLBACK_TARGET_UNVERIFIED',
  'SOURCE_MISSING',
  'SOURCE_CHANGED',
  'SOURCE_CORRUPT',
  'SCHEMA_CHANGED',
  'INVALID_SQL',
  'BAD_DATA',
  'TOO_FEW_ROWS',
  'MODEL_MISSING',
  'MODEL_CORRUPT',
  'MODEL_SIGNATURE_MISMATCH',
  'MODEL_BAD_OUTPUT',
  'MODEL_TIMEOUT',
  'MODEL_OUT_OF_MEMORY',
  'IDENTICAL_MODELS',
  'PLAN_STALE',
  'TRAINER_FAILED',
  'TRAINER_TIMEOUT',
  'TRAINER_NO_MODEL',
  'TRAINER_BAD_MODEL',
  'TRAINER_BAD_REPORT',
  'REGISTRY_REFUSED',
  'REGISTRY_MISMATCH',
  'LEDGER_CORRUPT',
  'LEDGER_REFUSED',
  'TABLE_CORRUPT',
  'STORE_MISMATCH',
  'COLLECTED',
] as const;

export type FailureType = (typeof failureTypes)[number];

/** One thing that is wrong with something a person or a file gave us. */
export interface Problem {
  /** Where: a field path such as `window.start`, a column, a file or a step. */
  readonly field: string;
  /** What was found there, already rendered for reading. */
  readonly found: string;
  /** What would have been right. */
  readonly expected: string;
}

/** A problem as one sentence, such as `rollout.0 is 5 %, expected at least 25 %`. */
export function describeProblem({ field, found, expected }: Problem): string {
  return `${field} is ${found}, expected ${expected}`;
}

/**
 * A failure that no retry can cure. `activities/failures.ts` turns it into Temporal's non-retryable failure, the CLI
 * prints it; both show every problem and the example.
 */
export class PermanentFailure extends Error {
  readonly type: FailureType;
  readonly problems: readonly Problem[];
  /** A minimal valid example of what was expected, ready to paste. */
  readonly example: string | undefined;

  constructor(
    type: FailureType,
    message: string,
    details: { problems?: readonly Problem[]; example?: string; cause?: unknown } = {},
  ) {
    super(renderFailure(message, details.problems ?? [], details.example), { cause: details.cause });
    this.name = 'PermanentFailure';
    this.type = type;
    this.problems = details.problems ?? [];
    this.example = details.example;
  }
}

function renderFailure(message: string, problems: readonly Problem[], example: string | undefined): string {
  const lines = problems.map((p) => `  - ${p.field}: found ${p.found}, expected ${p.expected}`);
  const hint = example === undefined ? [] : [`  example: ${example}`];
  return [message, ...lines, ...hint].join('\n');
}

import type { Problem } from '../domain/failure-types.js';
import { exitCodes, type ExitCode } from './exit-codes.js';

/** An error as a command reports it: on stderr for people, as `{"error": …}` for scripts. */
export interface CommandError {
  readonly exitCode: ExitCode;
  readonly type: string;
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly example: string | null;
}

/** A failure that a command found itself, with its exit code. */
export class CommandFailure extends Error {
  readonly type: string;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  readonly example: string | null;

  constructor(
    type: string,
    exitCode: ExitCode,
    message: string,
    details: { readonly problems?: readonly Problem[]; readonly example?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'CommandFailure';
    this.type = type;
    this.exitCode = exitCode;
    this.problems = details.problems ?? [];
    this.example = details.example ?? null;
  }
}

/** What a person has to change in what they gave, the SQL and the data of a pipeline among it. */
const inputFailures = [
  'INVALID_INPUT',
  'UNKNOWN_PIPELINE',
  'INVALID_DEFINITION',
  'INVALID_SQL',
  'BAD_DATA',
  'SCHEMA_CHANGED',
  'SOURCE_CORRUPT',
  'SOURCE_MISSING',
  'WINDOW_IN_FUTURE',
  'WINDOW_BEYOND_COVERAGE',
];

/** Nothing is broken: the pipeline's state speaks against it. */
const refusals = [
  'NO_CHAMPION',
  'CHAMPION_EXISTS',
  'NO_CHALLENGER',
  'NOTHING_TO_SCORE',
  'NO_ROLLBACK_TARGET',
  'ROLLBACK_TARGET_UNVERIFIED',
  'IDENTICAL_MODELS',
  'PLAN_STALE',
  'TOO_FEW_ROWS',
];

/** The exit code of a permanent failure, whether it was thrown here or in a workflow. */
export function exitCodeOfFailure(type: string): ExitCode {
  if (inputFailures.includes(type)) return exitCodes.badInput;
  return refusals.includes(type) ? exitCodes.no : exitCodes.failed;
}

/**
 * Reads an error from anywhere below: a command, an activity behind a failed workflow, a connection that was refused.
 * The innermost failure that carries a type speaks, because what wraps it only says that something failed.
 */
export function toCommandError(error: unknown): CommandError {
  const chain = causesOf(error);
  const failure = chain.find((cause) => cause instanceof CommandFailure);
  if (failure !== undefined) {
    const { type, exitCode, message, problems, example } = failure;
    return { type, exitCode, message, problems, example };
  }
  return (
    fromTypedFailure(chain) ??
    fromEndedRun(chain) ??
    fromOutage(chain) ?? {
      type: 'UNEXPECTED',
      exitCode: exitCodes.failed,
      message: chain.at(-1)?.message ?? String(error),
      problems: [],
      example: null,
    }
  );
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < 20; next = next.cause) chain.push(next);
  return chain;
}

/** PermanentFailure of this process, and ApplicationFailure that one became in an activity. */
function fromTypedFailure(chain: readonly Error[]): CommandError | undefined {
  const failure = chain.findLast((cause) => ['PermanentFailure', 'ApplicationFailure'].includes(cause.name));
  const type: unknown = failure === undefined ? undefined : Reflect.get(failure, 'type');
  if (failure === undefined || typeof type !== 'string' || !/^[A-Z_]+$/.test(type)) return undefined;
  const details: unknown = Reflect.get(failure, 'details');
  const facts: unknown = Array.isArray(details) ? details[0] : failure;
  return {
    type,
    exitCode: exitCodeOfFailure(type),
    message: sentenceOf(failure.message),
    problems: (fieldOf(facts, 'problems') as readonly Problem[] | undefined) ?? [],
    example: (fieldOf(facts, 'example') as string | undefined) ?? null,
  };
}

/** A permanent failure's message lists its problems and example again; here they have fields of their own. */
function sentenceOf(message: string): string {
  return message.split(/\n {2}(?:- |example: )/)[0] ?? message;
}

function fromEndedRun(chain: readonly Error[]): CommandError | undefined {
  const names: Readonly<Record<string, string>> = {
    CancelledFailure: 'CANCELLED',
    TerminatedFailure: 'TERMINATED',
    TimeoutFailure: 'TIMED_OUT',
  };
  const ended = chain.find((cause) => cause.name in names);
  if (ended === undefined) return undefined;
  const message = `The run ended as ${(names[ended.name] ?? '').toLowerCase().replace('_', ' ')}: ${chain.at(-1)?.message ?? ''}`;
  return { type: names[ended.name] ?? ended.name, exitCode: exitCodes.failed, message, problems: [], example: null };
}

const grpcUnavailable = 14;

function fromOutage(chain: readonly Error[]): CommandError | undefined {
  const error = { exitCode: exitCodes.unreachable, problems: [], example: 'gauntlet dev' };
  if (chain.some((cause) => Reflect.get(cause, 'code') === grpcUnavailable)) {
    const message = 'Temporal stopped answering. Start a development stack, or check TEMPORAL_ADDRESS.';
    return { ...error, type: 'TEMPORAL_UNREACHABLE', message };
  }
  if (chain.some((cause) => cause.name === 'MlflowError' && Reflect.get(cause, 'transient') === true)) {
    const message = `MLflow does not answer (${chain[0]?.message ?? ''}). Start a development stack, or set MLFLOW_TRACKING_URI.`;
    return { ...error, type: 'MLFLOW_UNREACHABLE', message };
  }
  return undefined;
}

/** Details of a failure crossed the network as JSON: whatever is not there is undefined. */
function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

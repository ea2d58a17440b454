import { z } from 'zod';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';
import type {
  BacktestInput,
  MonitorInput,
  PromoteInput,
  RetrainInput,
  RollbackInput,
  ScoreInput,
  WorkflowType,
} from '../domain/workflow-inputs.js';

const pipelineHint = 'a pipeline name: lower-case letters, digits and hyphens';
const pipeline = z.string(pipelineHint).regex(/^[a-z][a-z0-9-]{0,62}$/, pipelineHint);
const textHint = 'text of 1 to 2000 characters';
const text = z.string(textHint).trim().min(1, textHint).max(2000, textHint);
const instantHint = 'a UTC date or instant such as "2001-03-05" or "2001-03-05T00:00:00Z"';
const instant = z
  .string(instantHint)
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/, { error: instantHint, abort: true })
  .refine(isRealInstant, 'a date that exists')
  .transform((value) => new Date(value).toISOString());
const version = versionLike(/^[1-9]\d*$/, 'a version number such as 3');
const opponent = versionLike(/^([1-9]\d*|baseline)$/, 'a version number such as 3, or "baseline"');
const headHint = 'the number of a ledger record';
const planHint = 'the digest of a plan, or its first 8 to 64 characters';
const objectHint = 'one JSON object';
const flag = z.boolean('true or false');
const foldsHint = 'a whole number from 3 to 100';
const start = { pipeline, reason: text.optional(), by: text.optional() };

const schemas = {
  score: z.strictObject({ ...start, window: instant.optional() }, objectHint),
  monitor: z.strictObject({ ...start, window: instant.optional(), asOf: instant.optional() }, objectHint),
  backtest: z
    .strictObject(
      {
        ...start,
        challenger: version.optional(),
        against: opponent.optional(),
        asOf: instant.optional(),
        refit: flag.optional(),
        folds: z.int(foldsHint).min(3, foldsHint).max(100, foldsHint).optional(),
      },
      objectHint,
    )
    .refine(({ folds, refit }) => folds === undefined || refit === true, {
      path: ['folds'],
      error: 'nothing without "refit":true: registered versions are compared on the folds of the policy',
    }),
  retrain: z.strictObject(
    {
      ...start,
      asOf: instant.optional(),
      params: z.record(z.string(), z.unknown(), 'an object of training parameters such as {"trees":80}').optional(),
      trainingWindow: text.optional(),
      promote: flag.optional(),
    },
    objectHint,
  ),
  promote: z
    .strictObject(
      {
        ...start,
        version: version.optional(),
        bootstrap: flag.optional(),
        asOf: instant.optional(),
        dryRun: flag.optional(),
        planOnly: flag.optional(),
        plan: z
          .string(planHint)
          .regex(/^[0-9a-f]{8,64}$/, planHint)
          .optional(),
        resumes: text.optional(),
        queuedSince: z.int(headHint).nonnegative(headHint).optional(),
      },
      objectHint,
    )
    .refine(({ plan, dryRun, planOnly }) => plan === undefined || (dryRun !== true && planOnly !== true), {
      path: ['plan'],
      error: 'left out of a dry run: a plan is applied, or another one is made',
    }),
  rollback: z
    .strictObject({ ...start, to: version.optional(), dryRun: flag.optional(), drill: flag.optional() }, objectHint)
    .refine(({ dryRun, drill }) => dryRun !== true || drill !== true, {
      path: ['drill'],
      error: 'one of dryRun and drill: a plan only counts, a drill does everything elsewhere',
    }),
} satisfies Record<WorkflowType, z.ZodType>;

interface Inputs {
  score: ScoreInput;
  monitor: MonitorInput;
  backtest: BacktestInput;
  retrain: RetrainInput;
  promote: PromoteInput;
  rollback: RollbackInput;
}

/**
 * Parses what arrived at the start of a workflow: from the UI or a schedule unparsed, `null` from an empty form.
 * Throws INVALID_INPUT with every problem and a minimal valid example.
 */
export function parseWorkflowInput<T extends WorkflowType>(type: T, input: unknown): Inputs[T] {
  const example = '{"pipeline":"flights"}';
  if (input === null || input === undefined) {
    throw new PermanentFailure('INVALID_INPUT', `${type} was started without an input.`, {
      problems: [{ field: 'input', found: 'nothing', expected: 'one JSON object' }],
      example,
    });
  }
  const parsed = schemas[type].safeParse(input);
  if (parsed.success) return parsed.data as Inputs[T];
  throw new PermanentFailure('INVALID_INPUT', `${type} cannot start with this input.`, {
    problems: parsed.error.issues.flatMap((issue) =>
      toProblems(issue, input, Object.keys(schemas[type].shape).filter(isForPeople)),
    ),
    example,
  });
}

/** Some fields are filled in by Gauntlet where one run continues another. */
function isForPeople(field: string): boolean {
  return field !== 'resumes' && field !== 'queuedSince';
}

/** Versions are typed as text or as numbers; MLflow's are text. */
function versionLike(pattern: RegExp, hint: string) {
  return z
    .union([z.string(), z.number()], hint)
    .transform(String)
    .refine((value) => pattern.test(value), hint);
}

/** `Date` turns the 30th of February into the 2nd of March. */
function isRealInstant(value: string): boolean {
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value.slice(0, 10));
}

function toProblems(issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key, found: 'an unknown field', expected: `one of ${known.join(', ')}` }));
  }
  const field = issue.path.length === 0 ? 'input' : issue.path.join('.');
  return [{ field, found: render(valueAt(input, issue.path)), expected: issue.message }];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

function render(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
}

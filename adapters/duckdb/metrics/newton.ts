/** Newton's method doubles its digits with each step: after a step this small the fit is exact. */
const LAST_STEP = 1e-8;
/** Loss of likelihood that is more than the rounding of its sum. */
const TOLERATED_LOSS = 1e-10;

/** The label's log odds as intercept + slope · log odds of the score. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** A place of the search, and the step that leads to the next one. */
export interface Position extends Line {
  readonly logLikelihood: number;
  readonly step: readonly [intercept: number, slope: number];
}

/** Log likelihood of a line and its derivatives, for a row on average. */
export interface FitSums {
  readonly logLikelihood: number;
  readonly gradient0: number;
  readonly gradient1: number;
  readonly hessian00: number;
  readonly hessian01: number;
  readonly hessian11: number;
}

export function startAt({ intercept, slope }: Line): Position {
  return { intercept, slope, logLikelihood: Number.NEGATIVE_INFINITY, step: [0, 0] };
}

/** Where the step leads. */
export function nextLine({ intercept, slope, step }: Position): Line {
  return { intercept: intercept + step[0], slope: slope + step[1] };
}

/** Takes the step whose end has these sums; makes it half as long where it would lose likelihood. */
export function advance(position: Position, sums: FitSums): Position {
  const { logLikelihood, step } = position;
  if (sums.logLikelihood < logLikelihood - TOLERATED_LOSS) return { ...position, step: [step[0] / 2, step[1] / 2] };
  return { ...nextLine(position), logLikelihood: sums.logLikelihood, step: newtonStep(sums) };
}

export function hasSettled({ step }: Position): boolean {
  return Math.max(...step.map(Math.abs)) < LAST_STEP;
}

export function isLost({ step }: Position): boolean {
  return !step.every(Number.isFinite);
}

function newtonStep({ gradient0, gradient1, hessian00, hessian01, hessian11 }: FitSums): readonly [number, number] {
  const determinant = hessian00 * hessian11 - hessian01 * hessian01;
  return [
    (hessian11 * gradient0 - hessian01 * gradient1) / determinant,
    (hessian00 * gradient1 - hessian01 * gradient0) / determinant,
  ];
}

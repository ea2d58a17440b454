/**
 * One step of a rollout: for so many scored windows the challenger scores in shadow, or serves a cohort of the entities.
 * A share of 100 serves everybody while the champion scores in shadow and can take over again.
 */
export type RolloutStep = {
  readonly cycles: number;
  /** `no-harm` when left out. */
  readonly needs?: StepNeed;
} & ({ readonly kind: 'shadow' } | { readonly kind: 'share'; readonly sharePercent: number });

/**
 * What the labels have to show before a step is passed. `no-harm`: nothing against the challenger. `not-worse`: that it
 * loses less than the margin. `better`: that it loses less than the champion, by a test made once, when the labels of
 * all cycles of the step are known.
 */
export type StepNeed = 'no-harm' | 'not-worse' | 'better';

export interface WatchPolicy {
  /** Scored windows after a promotion during which the previous champion scores in shadow. */
  readonly cycles: number;
  /** A rollout, a watch and a queue look again after this time when nothing told them to. */
  readonly pollMs: number;
  /** After the change of champion, by the wall clock: then the watch is over whatever it has seen, and says so. */
  readonly deadlineMs: number;
}

/** What a row's score costs when its label becomes known. Brier score and log loss are for binary labels. */
export type RowLoss = 'brier' | 'logLoss' | 'squaredError' | 'absoluteError';

/** How both sides are compared between the steps of a rollout and in the watch. */
export interface AnalysisPolicy {
  /** Chance that a challenger that does no harm is stopped all the same, over all looks of a rollout or of a watch. */
  readonly alpha: number;
  readonly loss: RowLoss;
  /** Mean loss of a row by which the challenger may be worse; 0: any loss that is shown is harm. */
  readonly margin: number;
  /** Windows of a step whose labels are known before it can be passed; the watch needs all of its windows. */
  readonly minCycles: number;
  /** Share of decisions in which both sides may differ, 0..1. */
  readonly maxChurn: number;
  /** Population stability index of the challenger's scores against the champion's of the same rows; null: not judged. */
  readonly maxScorePsi: number | null;
  /** Value per decision that may be lost, in the unit of `decision.value`; null: not judged. */
  readonly maxValueLoss: number | null;
  /** Chance that a sound split of the entities is called a mismatch, over all looks at a step. */
  readonly sampleRatioAlpha: number;
  /** Looks at a step, or at the watch, that may fail before the challenger is stopped. */
  readonly failureLimit: number;
  /** Looks after the last cycle that may settle nothing before a person is asked. */
  readonly inconclusiveLimit: number;
}

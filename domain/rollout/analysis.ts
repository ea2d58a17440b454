import type { ModelRef } from '../model-ref.js';
import type { AnalysisPolicy, StepNeed } from './rollout-policy.js';
import type { SequenceEstimate } from '../statistics/confidence-sequence.js';
import type { HorizonEstimate } from '../statistics/fixed-horizon.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';

/** What one side's decisions came to on labelled rows, in units of weight; rows without weights count once. */
export interface DecisionSums {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

/** One side of a window's rows. */
export interface SideSums {
  /** Mean loss of a labelled row, by weight; null without labels. */
  readonly meanLoss: number | null;
  /** Null without labels, or where labels are no classes. */
  readonly decisions: DecisionSums | null;
  /** Scores in the bins of the challenger's profile. */
  readonly bins: readonly number[];
}

/** The rows of one window that both sides scored. */
export interface WindowSums {
  readonly rows: number;
  readonly labelledRows: number;
  /** Weight of the labelled rows. */
  readonly weight: number;
  readonly decisionsDiffer: number;
  readonly challenger: SideSums;
  readonly champion: SideSums;
}

/**
 * Whether a window counts. `judged`: both sides scored all its rows and its labels are known. `labels-pending`: they
 * will be. `labels-short`: they should be, but too few rows have one. `one-sided`: some rows were scored by one side
 * only. `empty`: it has no rows. `seen`: a side was trained or validated on it. `unmeasured`: it could not be compared.
 */
export type WindowStanding =
  'judged' | 'labels-pending' | 'labels-short' | 'one-sided' | 'empty' | 'seen' | 'unmeasured';

export interface AnalysedWindow {
  readonly window: Window;
  /** The decision epoch that it was published under. */
  readonly epoch: number;
  /** Version of the table that first published it under this epoch: the order in which windows were published. */
  readonly firstVersion: number;
  /** Whether it was published under the step, or the watch, that is looked at; others belong to earlier steps. */
  readonly isOwn: boolean;
  readonly standing: WindowStanding;
  readonly servedRows: number;
  /** sha256 over the hashes of all its files; null where they were not compared. */
  readonly filesDigest: string | null;
  /** The data clock that its labels were taken at; null while they are not known. */
  readonly labelsAsOf: string | null;
  /** The labelled snapshot. */
  readonly labelsDigest: string | null;
  readonly sums: WindowSums | null;
  /** Why it could not be compared: a failure type and what it is about; left out where it could. */
  readonly problem?: string;
}

/** Whom the challenger served in the windows of a step, counted by entity. */
export interface CohortSize {
  /** sha256 over the hashes of the files that were counted. */
  readonly filesDigest: string;
  readonly rows: number;
  readonly challengerRows: number;
  /** Distinct entities; rows without one belong to the champion and are not among them. */
  readonly entities: number;
  readonly challengerEntities: number;
  /** Entities that both sides served: a sound split has none. */
  readonly sharedEntities: number;
}

/** One question that a look asks, and its answer. */
export interface LookCheck {
  readonly name:
    | 'harm'
    | 'not-worse'
    | 'better'
    | 'score-distribution'
    | 'decision-churn'
    | 'value'
    | 'unserved'
    | 'sample-ratio'
    | 'measured';
  readonly verdict: Verdict;
  /** Null when it could not be measured. */
  readonly value: number | null;
  readonly limit: number;
  /** How many of what the value rests on. */
  readonly n: number;
  readonly unit: 'windows' | 'rows' | 'entities' | 'decisions';
  /** Whether more windows may settle what is inconclusive now. */
  readonly isOpen: boolean;
  readonly why: string;
}

/** How far a step, or the watch, has come; counts are of its own windows that have rows and that neither side was trained on. */
export interface LookProgress {
  readonly cyclesNeeded: number;
  readonly cyclesPublished: number;
  /** Windows that are judged. */
  readonly cyclesMatured: number;
  /** Windows that will be judged once their labels are known. */
  readonly cyclesPending: number;
  /** As many windows were published as the step asks for. */
  readonly isOver: boolean;
  /** Enough of them are judged. */
  readonly isMature: boolean;
}

/** `reports/<digest>/rollout.json`: what a look found, canonical and without the time it was made at. */
export interface RolloutAnalysis {
  readonly schemaVersion: 1;
  readonly pipeline: string;
  readonly promotionId: string;
  readonly phase: 'step' | 'watch';
  /** From 0; null for the watch. */
  readonly step: number | null;
  readonly decisionEpoch: number;
  readonly definitionDigest: string;
  readonly challenger: ModelRef;
  readonly champion: ModelRef;
  readonly sharePercent: number;
  readonly needs: StepNeed;
  readonly policy: AnalysisPolicy;
  readonly progress: LookProgress;
  /** By their start. */
  readonly windows: readonly AnalysedWindow[];
  readonly cohort: CohortSize | null;
  /** Windows of this step, or of the watch, that the challenger was meant to serve and could not. */
  readonly unservedWindows: readonly Window[];
  /** Challenger's loss less the champion's, per row, one observation a window. Below zero is better. */
  readonly difference: SequenceEstimate;
  /** The same over the fixed windows of a step that needs `better`; null before its labels are known. */
  readonly horizon: HorizonEstimate | null;
  readonly checks: readonly LookCheck[];
  readonly verdict: Verdict;
}

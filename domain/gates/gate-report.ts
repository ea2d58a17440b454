import type { GateMode, GateSpec } from './gate-rule.js';
import { roundNumbers } from '../statistics/rounding.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';
import type { Comparison, SliceComparison } from './comparison.js';
import type { GateUnit } from './measured-text.js';
import type { Probes } from './probes.js';
import type { ReportedTask, ReportedTraining } from './reported-task.js';

/** A version as the report names it. */
export interface ReportedModel {
  readonly modelDigest: string;
  /** Null for the baseline, which is no registered model. */
  readonly registeredName: string | null;
  readonly version: string | null;
  readonly trainingWindow: Window | null;
  readonly definitionDigest: string;
  /** Null for the baseline, which nobody trains. */
  readonly training: ReportedTraining | null;
}

/** A version as it was when it scored a fold: everything that shaped it lies before the fold. */
export interface FoldSide {
  readonly modelDigest: string;
  readonly definitionDigest: string;
  readonly trainingWindow: Window;
  readonly validationWindow: Window;
  /** The data clock of its training rows; null where their snapshot is gone. */
  readonly knownAt: string | null;
  /** Rows of its windows that took no part, their labels not being known by then; null where their snapshot is gone. */
  readonly purgedRows: number | null;
}

/** Both sides of a fold and the rows that each of them scored: key, event time and label of every one. */
export interface FoldSides {
  readonly rows: { readonly champion: string; readonly challenger: string };
  /** Null for the baseline, which nothing shaped. */
  readonly champion: FoldSide | null;
  readonly challenger: FoldSide;
}

/** A slice as the worst-slice check judged it. */
export interface SliceFinding {
  readonly value: SliceComparison['value'];
  readonly rows: number;
  /** Challenger minus champion in the metric's own unit. */
  readonly difference: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly minimumDetectable: number | null;
  /**
   * Of the two-sided interval: the level at which Holm tests this slice. Left out by reports from before, whose intervals
   * and detectable differences are not adjusted for the number of slices.
   */
  readonly level?: number;
  /** One-sided p-value of "harm is beyond the limit", adjusted by Holm over the supported slices. */
  readonly adjustedP: number | null;
  /** `unsupported`: fewer rows than the policy asks for, or not measurable; nothing is said about it. */
  readonly finding: 'harmed' | 'no-harm-shown' | 'unsupported';
}

/** `error`: the gate could not be measured, which says nothing about the model and promotes nothing either. */
export type CheckVerdict = Verdict | 'error';

/** One gate and what it found. */
export interface GateCheck {
  /** Unique within a report, like `not-worse auc`. */
  readonly name: string;
  readonly spec: GateSpec;
  readonly mode: GateMode;
  /** The policy's limit, in the unit of `value`. */
  readonly limit: number;
  /** Left out where both are plain numbers, and by reports from before units were kept. */
  readonly unit?: GateUnit;
  readonly value: number | null;
  readonly interval: { readonly lower: number; readonly upper: number } | null;
  /** Smallest true difference the sample would notice; null where the check is not about a difference. */
  readonly minimumDetectable: number | null;
  /** Rows behind the value. */
  readonly rows: number;
  readonly verdict: CheckVerdict;
  /** One plain sentence with the numbers. */
  readonly why: string;
  /** Slices by harm, worst first; empty for checks that look at no slices. */
  readonly slices: readonly SliceFinding[];
}

/**
 * The evidence a person approves: the sha256 of its canonical JSON is what an approval names. It holds no clock time, no
 * timing and no promotion id, so equal evidence has an equal digest; when it was measured and until when it is valid
 * stands in the ledger's `gates-evaluated` record.
 */
export interface GateReport {
  /** Reports of schema 1 held no probes, no task and no modes of checks. */
  readonly schemaVersion: 2;
  readonly pipeline: string;
  /** `bootstrap`: there is no champion yet, the opponent is the pipeline's baseline. */
  readonly kind: 'promotion' | 'bootstrap';
  readonly champion: ReportedModel;
  readonly challenger: ReportedModel;
  readonly task: ReportedTask;
  /** Number of champion or split changes before this evidence; another champion since then voids it. */
  readonly decisionEpoch: number;
  /** Digest of the gates and the backtest policy that were applied. */
  readonly policyDigest: string;
  /** Labelled rows of each fold. `championDigest` is null where both sides were scored on the challenger's snapshot. */
  readonly snapshots: readonly {
    readonly fold: number;
    readonly window: Window;
    readonly championDigest: string | null;
    readonly challengerDigest: string;
    /** Left out by reports from before it was kept. */
    readonly sides?: FoldSides;
  }[];
  /** Both sides were trained anew for every fold. Such a report compares two recipes, and no promotion rests on it. */
  readonly refit?: true;
  readonly sources: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  readonly comparison: Comparison;
  /** Challenger against the baseline on the same rows; null for a bootstrap (then `comparison` is it) or if no gate asks. */
  readonly baselineComparison: Comparison | null;
  readonly probes: Probes;
  readonly checks: readonly GateCheck[];
  readonly verdict: Verdict;
}

/** What the caller knows about a report before its gates are judged. */
export type GateReportFacts = Omit<GateReport, 'schemaVersion' | 'checks' | 'verdict'>;

/** The report of judged gates, with its numbers rounded so that equal evidence gives equal bytes. */
export function composeGateReport(
  facts: GateReportFacts,
  evaluation: Pick<GateReport, 'checks' | 'verdict'>,
): GateReport {
  const { checks, verdict } = evaluation;
  return roundNumbers({ schemaVersion: 2, ...facts, checks, verdict });
}

import type { GateMode, GateSpec } from '../pipeline-definition.js';
import { roundNumbers } from '../statistics/rounding.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';
import type { Comparison, SliceComparison } from './comparison.js';
import type { Probes } from './probes.js';

/** A version as the report names it. */
export interface ReportedModel {
  readonly modelDigest: string;
  /** Null for the baseline, which is no registered model. */
  readonly registeredName: string | null;
  readonly version: string | null;
  readonly trainingWindow: Window | null;
  readonly definitionDigest: string;
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
  readonly schemaVersion: 1;
  readonly pipeline: string;
  /** `bootstrap`: there is no champion yet, the opponent is the pipeline's baseline. */
  readonly kind: 'promotion' | 'bootstrap';
  readonly champion: ReportedModel;
  readonly challenger: ReportedModel;
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
  return roundNumbers({ schemaVersion: 1, ...facts, checks, verdict });
}

/** How people call the model: `flights v3`, or `baseline`. */
export function reportedName(model: ReportedModel): string {
  return model.registeredName === null ? 'the baseline' : `${model.registeredName} v${model.version ?? '?'}`;
}

/** The verdict in one plain sentence, for cards, logs and the top of the page; what only advised is said behind it. */
export function gateReportSentence(report: GateReport): string {
  return `${verdictSentence(report)}${adviceSentence(report.checks)}`;
}

/** Only enforced checks decide, so only they are counted. */
function verdictSentence(report: GateReport): string {
  const challenger = reportedName(report.challenger);
  const champion = reportedName(report.champion);
  const enforced = report.checks.filter((check) => check.mode === 'enforce');
  const count = enforced.length;
  const failed = namesOf(enforced, ['fail']);
  const open = namesOf(enforced, ['inconclusive']);
  const unmeasured = namesOf(enforced, ['error']);
  if (report.refit === true) return refitSentence(report, failed, open);
  const clauses = [
    ...(failed.length > 0
      ? [`${failed.length} of ${count} checks against ${champion} failed (${failed.join(', ')})`]
      : []),
    ...(open.length > 0
      ? [`the data cannot settle ${open.length} of ${count} checks against ${champion} (${open.join(', ')})`]
      : []),
    ...(unmeasured.length > 0
      ? [`${unmeasured.length} of ${count} checks could not be measured (${unmeasured.join(', ')})`]
      : []),
  ];
  switch (report.verdict) {
    case 'pass':
      return `${challenger} passed ${count === 1 ? 'the only check' : `all ${count} checks`} against ${champion} and may take its place if a person approves.`;
    case 'fail':
      return `${challenger} is refused: ${clauses.join('; ')}.`;
    case 'inconclusive':
      return `${challenger} is not promoted: ${clauses.join('; ')}.`;
  }
}

/** Recipes are compared, so nothing is refused and nothing may take anything's place. */
function refitSentence(report: GateReport, failed: readonly string[], open: readonly string[]): string {
  const sides = `${reportedName(report.challenger)} against ${reportedName(report.champion)}, each trained anew for every fold`;
  const { length } = report.checks;
  const checks = `${String(length)} ${length === 1 ? 'check' : 'checks'}`;
  switch (report.verdict) {
    case 'pass':
      return `${sides}: passed ${checks}. A promotion measures the registered versions.`;
    case 'fail':
      return `${sides}: ${String(failed.length)} of ${checks} failed (${failed.join(', ')}).`;
    case 'inconclusive':
      return `${sides}: the data cannot settle ${String(open.length)} of ${checks} (${open.join(', ')}).`;
  }
}

/** Observed checks are left to the report: nobody asked to be told. */
function adviceSentence(checks: readonly GateCheck[]): string {
  const advice = checks.filter((check) => check.mode === 'advise');
  const failed = namesOf(advice, ['fail']);
  const open = namesOf(advice, ['inconclusive', 'error']);
  const against = failed.length === 0 ? '' : ` Advice against it: ${failed.join(', ')}.`;
  return open.length === 0 ? against : `${against} Advice that could not be given: ${open.join(', ')}.`;
}

function namesOf(checks: readonly GateCheck[], verdicts: readonly CheckVerdict[]): readonly string[] {
  return checks.filter((check) => verdicts.includes(check.verdict)).map((check) => check.name);
}

import { metricTraits } from '../metrics.js';
import type { GateMode, GateRule } from './gate-rule.js';
import type { CheckVerdict, GateReport, ReportedModel } from './gate-report.js';
import { findUnaskedHarm, type MeasuredDifferences } from './unasked-harm.js';

type NamedModel = Pick<ReportedModel, 'registeredName' | 'version'>;

/** A check as the sentence counts it: one without a mode, of a report of schema 1, was enforced. */
type CountedCheck = {
  readonly name: string;
  readonly mode?: GateMode;
  readonly spec?: GateRule;
  readonly verdict: CheckVerdict;
};

/** What the sentence needs: reports of every schema have it, but for the numbers, which it says nothing of in the first. */
export interface ReportHeadline {
  readonly schemaVersion?: number;
  readonly comparison?: MeasuredDifferences['comparison'];
  readonly champion: NamedModel;
  readonly challenger: NamedModel;
  readonly verdict: GateReport['verdict'];
  readonly checks: readonly CountedCheck[];
  /** Both sides were trained anew for every fold. */
  readonly refit?: true;
}

/** How people call the model: `flights v3`, or `the baseline`. */
export function reportedName(model: NamedModel): string {
  return model.registeredName === null ? 'the baseline' : `${model.registeredName} v${model.version ?? '?'}`;
}

/** The verdict in one plain sentence, for cards, logs and the top of the page; what only advised is said behind it. */
export function gateReportSentence(report: ReportHeadline): string {
  const sentence = report.refit === true ? refitSentence(report) : verdictSentence(report);
  return `${sentence}${adviceSentence(report.checks)}`;
}

/** Only enforced checks decide, so only they are counted. */
function verdictSentence(report: ReportHeadline): string {
  const challenger = reportedName(report.challenger);
  const champion = reportedName(report.champion);
  const { count, clauses } = countEnforced(report.checks, ` against ${champion}`);
  switch (report.verdict) {
    case 'pass':
      return `${challenger} passed ${count === 1 ? 'the only check' : `all ${String(count)} checks`} against ${champion} and may take its place if a person approves${unaskedClause(report)}.`;
    case 'fail':
      return `${challenger} is refused: ${clauses}.`;
    case 'inconclusive':
      return `${challenger} is not promoted: ${clauses}.`;
  }
}

/** Recipes are compared, so nothing is refused and nothing may take anything's place. */
function refitSentence(report: ReportHeadline): string {
  const sides = `${reportedName(report.challenger)} against ${reportedName(report.champion)}, trained anew for each fold`;
  const { count, clauses } = countEnforced(report.checks, '');
  return report.verdict === 'pass'
    ? `${sides}: passed ${count === 1 ? 'the only check' : `all ${String(count)} checks`}${unaskedClause(report)}. A promotion measures the registered versions.`
    : `${sides}: ${clauses}.`;
}

/** So many are named; a model that is worse by every measure needs no list. */
const NAMED_METRICS = 3;

/** A policy is passed as it was written: what it did not ask about is said here, lest a pass be taken for more. */
function unaskedClause({ schemaVersion, comparison, checks }: ReportHeadline): string {
  if (schemaVersion !== 2 || comparison === undefined) return '';
  const specs = checks.flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
  const labels = findUnaskedHarm({ comparison, specs }).map((metric) => metricTraits[metric].label);
  if (labels.length === 0) return '';
  const left = labels.length - NAMED_METRICS;
  const named = left > 0 ? [...labels.slice(0, NAMED_METRICS), `${String(left)} more`] : labels;
  const list = named.length === 1 ? named.join() : `${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''}`;
  return `; ${list}, which no gate asks about, ${labels.length === 1 ? 'is' : 'are'} shown worse`;
}

function countEnforced(checks: readonly CountedCheck[], against: string) {
  const enforced = checks.filter(({ mode = 'enforce' }) => mode === 'enforce');
  const count = enforced.length;
  const of = (names: readonly string[]) => `${String(names.length)} of ${String(count)} checks`;
  const failed = namesOf(enforced, ['fail']);
  const open = namesOf(enforced, ['inconclusive']);
  const unmeasured = namesOf(enforced, ['error']);
  const clauses = [
    ...(count === 0 ? ['no check is enforced, so nothing was shown'] : []),
    ...(failed.length > 0 ? [`${of(failed)}${against} failed (${failed.join(', ')})`] : []),
    ...(open.length > 0 ? [`the data cannot settle ${of(open)}${against} (${open.join(', ')})`] : []),
    ...(unmeasured.length > 0 ? [`${of(unmeasured)} could not be measured (${unmeasured.join(', ')})`] : []),
  ];
  return { count, clauses: clauses.join('; ') };
}

/** Observed checks are left to the report: nobody asked to be told. */
function adviceSentence(checks: readonly CountedCheck[]): string {
  const advice = checks.filter(({ mode }) => mode === 'advise');
  const failed = namesOf(advice, ['fail']);
  const open = namesOf(advice, ['inconclusive', 'error']);
  const against = failed.length === 0 ? '' : ` Advice against it: ${failed.join(', ')}.`;
  return open.length === 0 ? against : `${against} Advice that could not be given: ${open.join(', ')}.`;
}

function namesOf(checks: readonly CountedCheck[], verdicts: readonly CheckVerdict[]): readonly string[] {
  return checks.filter(({ verdict }) => verdicts.includes(verdict)).map(({ name }) => name);
}

import type { GateMode } from '../pipeline-definition.js';
import type { CheckVerdict, GateReport, ReportedModel } from './gate-report.js';

type NamedModel = Pick<ReportedModel, 'registeredName' | 'version'>;

/** What the sentence needs: reports of schema 1 have it too, and every check of theirs was enforced. */
export interface ReportHeadline {
  readonly champion: NamedModel;
  readonly challenger: NamedModel;
  readonly verdict: GateReport['verdict'];
  readonly checks: readonly { readonly name: string; readonly mode?: GateMode; readonly verdict: CheckVerdict }[];
}

/** How people call the model: `flights v3`, or `the baseline`. */
export function reportedName(model: NamedModel): string {
  return model.registeredName === null ? 'the baseline' : `${model.registeredName} v${model.version ?? '?'}`;
}

/** The verdict in one plain sentence, for cards, logs and the top of the page. Only enforced checks decide. */
export function gateReportSentence(report: ReportHeadline): string {
  const challenger = reportedName(report.challenger);
  return `${challenger} ${outcomeOf(report, reportedName(report.champion))}${adviceOf(report)}.`;
}

function outcomeOf({ verdict, checks }: ReportHeadline, champion: string): string {
  const enforced = checks.filter(({ mode = 'enforce' }) => mode === 'enforce');
  const kind = enforced.length === checks.length ? 'check' : 'enforced check';
  const count = enforced.length;
  const namesOf = (found: CheckVerdict) => enforced.filter((check) => check.verdict === found).map(({ name }) => name);
  const failed = namesOf('fail');
  switch (verdict) {
    case 'pass':
      return `passed ${count === 1 ? `the only ${kind}` : `all ${String(count)} ${kind}s`} against ${champion} and may take its place if a person approves`;
    case 'fail':
      return `is refused: ${String(failed.length)} of ${String(count)} ${kind}s against ${champion} failed (${failed.join(', ')})`;
    case 'inconclusive': {
      if (count === 0) return `is not promoted: no check against ${champion} is enforced, so nothing was shown`;
      const open = namesOf('inconclusive');
      const broken = namesOf('error');
      const of = `of ${String(count)} ${kind}s against ${champion}`;
      const why = [
        ...(open.length === 0 ? [] : [`the data cannot settle ${String(open.length)} ${of} (${open.join(', ')})`]),
        ...(broken.length === 0 ? [] : [`${String(broken.length)} ${of} could not be measured (${broken.join(', ')})`]),
      ];
      return `is not promoted: ${why.join(', and ')}`;
    }
  }
}

/** Advice does not stop anybody, but whoever approves has to have read it. */
function adviceOf({ checks }: ReportHeadline): string {
  const advice = checks.filter(({ mode }) => mode === 'advise');
  const against = advice.filter(({ verdict }) => verdict !== 'pass').map(({ name }) => name);
  if (against.length === 0) return '';
  const count = advice.length;
  const of =
    count === 1 ? 'the only check that advises' : `${String(against.length)} of ${String(count)} checks that advise`;
  return `; ${of} did not pass (${against.join(', ')})`;
}

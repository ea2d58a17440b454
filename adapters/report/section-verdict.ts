import type { GateCheck, GateReport } from '../../domain/gates/gate-report.js';
import { gateReportSentence } from '../../domain/gates/report-sentence.js';
import { sayMeasured } from '../../domain/gates/measured-text.js';
import { withMinusSigns } from '../../domain/number-text.js';
import type { GateMode } from '../../domain/gates/gate-rule.js';
import { countOf, formatCount } from './format.js';
import { html, type Html } from './html.js';

/** The answer first, in one sentence. */
export function renderVerdict(report: GateReport): Html {
  return html`<p class="verdict ${report.verdict}">
    <span class="badge ${report.verdict}">${report.verdict.toUpperCase()}</span>
    ${withMinusSigns(gateReportSentence(report))}
    <a href="#decide">${report.verdict === 'pass' && report.refit !== true ? 'How to decide' : 'What to do'}</a>
  </p>`;
}

const groups: readonly { readonly mode: GateMode; readonly title: string; readonly meaning: string }[] = [
  { mode: 'enforce', title: 'Enforced', meaning: 'All of these have to pass; one that cannot be settled stops too.' },
  { mode: 'advise', title: 'Advice', meaning: 'These stop nothing. Whoever approves should have read them.' },
  { mode: 'observe', title: 'Observed', meaning: 'Kept for later; they decide nothing.' },
];

/** Each check with its limit, value, interval, sample size and reason, the ones that decide first. */
export function renderChecks({ checks, task }: GateReport): Html {
  const valueUnit = task.decision.value?.unit ?? null;
  return html`<h2>The checks</h2>
    ${groups.map(({ mode, title, meaning }) => {
      const found = checks.filter((check) => check.mode === mode);
      if (found.length === 0) return null;
      return html`<h3>${title}: ${countVerdicts(found)}</h3>
        <p class="note">${meaning}</p>
        <ul class="checks">
          ${found.map((check) => renderCheck(check, valueUnit))}
        </ul>`;
    })}`;
}

/** `3 pass, 1 inconclusive`. */
export function countVerdicts(checks: readonly Pick<GateCheck, 'verdict'>[]): string {
  const kinds = (['pass', 'fail', 'inconclusive', 'error'] as const).map((kind) => ({
    kind,
    count: checks.filter(({ verdict }) => verdict === kind).length,
  }));
  return kinds
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${formatCount(count)} ${kind}`)
    .join(', ');
}

function renderCheck(check: GateCheck, valueUnit: string | null): Html {
  return html`<li>
    <span class="badge ${check.verdict}">${check.verdict.toUpperCase()}</span>
    <h4>${check.name}</h4>
    <p>${withMinusSigns(check.why)}.</p>
    <p class="note">${factsOf(check, valueUnit).join(' · ')}</p>
  </li>`;
}

function factsOf(check: GateCheck, valueUnit: string | null): readonly string[] {
  const { limit, value, interval, minimumDetectable, rows } = check;
  const say = (number: number) => sayMeasured(number, check, valueUnit);
  return [
    `limit ${say(limit)}`,
    ...(value === null ? [] : [`value ${say(value)}`]),
    ...(interval === null ? [] : [`interval ${say(interval.lower)} to ${say(interval.upper)}`]),
    ...(minimumDetectable === null ? [] : [`would notice ${say(minimumDetectable)}`]),
    countOf(rows, 'row'),
  ];
}

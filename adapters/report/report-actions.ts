import type { FoldSide, FoldSides, GateReport, ReportedModel } from '../../domain/gates/gate-report.js';
import { reportedName } from '../../domain/gates/report-sentence.js';
import { formatCount, formatWindow, shortDigest } from './format.js';
import { html, type Html } from './html.js';
import { renderStack } from './table.js';

/** What to paste where, ready with this report's digest. */
export function renderDecision(report: GateReport, reportDigest: string): Html {
  if (report.refit === true) {
    return html`<h2 id="decide">What to do</h2>
      <p>
        There is nothing to approve: both sides were trained anew for every fold, so this compares two recipes. A
        promotion measures the registered versions. This report has the digest <code>${reportDigest}</code>.
      </p>`;
  }
  if (report.verdict !== 'pass') {
    return html`<h2 id="decide">What to do</h2>
      <p>
        There is nothing to approve: only a passed report can be. Serving and everything published stay as they are.
        This report has the digest <code>${reportDigest}</code>.
      </p>`;
  }
  const signal = `{"reportDigest":"${reportDigest}","by":"<your name>","reason":"<why>"}`;
  const command = `gauntlet approve ${report.pipeline} --report ${shortDigest(reportDigest)} --by "<your name>" --reason "<why>"`;
  return html`<h2 id="decide">To decide</h2>
    <p>
      The decision is a person's. An approval names this evidence by its digest; if champion, policy or data change, it
      is void and asked for again.
    </p>
    <p>
      In the Temporal UI: on the run's page choose Send a Signal, name <code>approve</code> (or <code>reject</code>),
      input
    </p>
    <pre>${signal}</pre>
    <p>At a terminal</p>
    <pre>${command}</pre>`;
}

/** Only what may be promoted can have to be undone. */
export function renderUndo(report: GateReport): Html | null {
  if (report.verdict !== 'pass' || report.refit === true) return null;
  if (report.kind === 'bootstrap') {
    return html`<h2>How to undo it</h2>
      <p>
        This would be the first champion, so there is no earlier one to go back to. The baseline stays the fallback when
        the champion cannot score, and a later promotion can replace it.
      </p>`;
  }
  return html`<h2>How to undo it</h2>
    <p>
      One command makes ${reportedName(report.champion)} champion again and replaces the predictions that
      ${reportedName(report.challenger)} has published by then:
    </p>
    <pre>gauntlet rollback ${report.pipeline} --reason "&lt;why&gt;"</pre>`;
}

/** Everything that pins the evidence, for those who want to check it. */
export function renderEvidence(report: GateReport, reportDigest: string): Html {
  const isRefit = report.snapshots.some(({ sides }) => sides !== undefined);
  const facts: readonly (readonly [string, string])[] = [
    ['Report digest', reportDigest],
    [report.kind === 'bootstrap' ? 'Baseline' : 'Champion', describeModel(report.champion)],
    ['Challenger', describeModel(report.challenger)],
    ['Decision epoch', String(report.decisionEpoch)],
    ['Policy digest', report.policyDigest],
    ['Compared rows', report.comparison.rowsDigest],
    ...report.sources.map(
      (source) => [`Source ${source.name}`, `${source.sha256} (${formatCount(source.bytes)} bytes)`] as const,
    ),
  ];
  return html`<h2>The evidence, pinned</h2>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd><code>${value}</code></dd>`,
      )}
    </dl>
    ${renderStack({
      caption: 'Labelled rows of each fold',
      columns: [
        'Fold',
        'Window',
        'Rows',
        'Snapshot of the challenger',
        'Snapshot of the champion',
        ...(isRefit ? ['Challenger trained on', 'Champion trained on', 'Rows purged'] : []),
      ],
      rows: report.snapshots.map(({ fold, window, championDigest, challengerDigest, sides }) => [
        String(fold),
        formatWindow(window),
        formatCount(report.comparison.folds.find((compared) => compared.fold === fold)?.rows ?? 0),
        shortDigest(challengerDigest),
        championDigest === null ? 'the same' : shortDigest(championDigest),
        ...(isRefit ? sideCells(sides) : []),
      ]),
    })}`;
}

function sideCells(sides: FoldSides | undefined): readonly string[] {
  const days = (side: FoldSide | null | undefined) => (side ? formatWindow(side.trainingWindow) : '–');
  const purged = sides?.challenger.purgedRows ?? null;
  return [days(sides?.challenger), days(sides?.champion), purged === null ? '–' : formatCount(purged)];
}

function describeModel(model: ReportedModel): string {
  const trained = model.trainingWindow === null ? '' : `, trained on ${formatWindow(model.trainingWindow)}`;
  return `${reportedName(model)}, ${model.modelDigest}${trained}, definition ${shortDigest(model.definitionDigest)}`;
}

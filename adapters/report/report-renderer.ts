import type { ReportRenderer } from '../../activities/ports/evaluation.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { reportedName } from '../../domain/gates/report-sentence.js';
import { html, Html } from './html.js';
import { renderModelCard } from './model-card.js';
import { renderDecision, renderEvidence, renderUndo } from './report-actions.js';
import { reportStyle } from './report-style.js';
import { renderCertainty } from './section-certainty.js';
import { renderChange } from './section-change.js';
import { renderPictures } from './section-plots.js';
import { renderProbes } from './section-probes.js';
import { renderValue } from './section-value.js';
import { renderChecks, renderVerdict } from './section-verdict.js';
import { renderWhom } from './section-whom.js';

/** One page that needs no script, no network and no other file: it can be mailed, printed and kept; and the card. */
export function createReportRenderer(): ReportRenderer {
  return {
    renderHtml: (report, reportDigest) => Promise.resolve(renderPage(report, reportDigest).text),
    renderCard: (report, reportDigest) => Promise.resolve(renderModelCard(report, reportDigest)),
  };
}

function renderPage(report: GateReport, reportDigest: string): Html {
  const title = `${report.pipeline}: ${reportedName(report.challenger)} against ${reportedName(report.champion)}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${new Html(reportStyle)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${renderVerdict(report)} ${renderChecks(report)} ${renderChange(report)} ${renderWhom(report)}
          ${renderCertainty(report)} ${renderValue(report)} ${renderUndo(report)}
          ${renderDecision(report, reportDigest)} ${renderPictures(report)} ${renderProbes(report)}
          ${renderEvidence(report, reportDigest)}
        </main>
      </body>
    </html>`;
}

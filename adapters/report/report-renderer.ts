import type { ReportRenderer } from '../../activities/ports/evaluation.js';
import { reportedName, type GateReport } from '../../domain/gates/gate-report.js';
import { html, Html } from './html.js';
import { renderDecision, renderEvidence, renderUndo } from './report-actions.js';
import { renderCertainty, renderChange, renderCosts, renderSlices, renderVerdict } from './report-sections.js';
import { reportStyle } from './report-style.js';

/** One page that needs no script, no network and no other file: it can be mailed, printed and kept. */
export function createReportRenderer(): ReportRenderer {
  return { renderHtml: (report, reportDigest) => Promise.resolve(renderPage(report, reportDigest).text) };
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
          ${renderVerdict(report)} ${renderChange(report)} ${renderSlices(report)} ${renderCertainty(report)}
          ${renderCosts(report)} ${renderUndo(report)} ${renderDecision(report, reportDigest)}
          ${renderEvidence(report, reportDigest)}
        </main>
      </body>
    </html>`;
}

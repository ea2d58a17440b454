import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { renderModelCard } from '../adapters/report/model-card.js';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { PermanentFailure } from '../domain/failure-types.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { findReport, type FoundReport } from './find-report.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { openPage } from './open-page.js';
import { invalidOption } from './option-values.js';
import { renderReport, reportJson } from './report-text.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly open?: boolean;
  readonly html?: string;
  readonly card?: boolean;
}

export function registerReport(program: Command): void {
  defineVerb(program, {
    usage: 'report <pipeline> [digest-prefix]',
    description: 'The newest gate report, or the one named: verdict, every check and why, metrics with intervals',
    examples: [
      'gauntlet report flights',
      'gauntlet report flights 8f3a21bc --open',
      'gauntlet report flights --html report.html',
      'gauntlet report flights --card > model-card.md',
    ],
  })
    .option('--open', 'open the page with plots in the browser')
    .option('--html <path>', 'copy the page with plots to this file')
    .option('--card', "print the challenger's model card, in Markdown, instead")
    .action((pipeline: string, prefix: string | undefined, options: ReportOptions) =>
      runCommand(options, async (context) => {
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const { records } = await readLedger(services.store, pipeline);
        const found = await findReport(services.store, pipeline, records, prefix);
        const notes = await showPage(found.htmlPath, options);
        if (options.card === true) {
          const card = renderCard(found);
          return { exitCode: exitCodes.done, text: card, json: { digest: found.digest, card } };
        }
        const text = [renderReport(found), ...notes].join('\n');
        return { exitCode: exitCodes.done, text, json: reportJson(found) };
      }),
    );
}

function renderCard({ report, digest }: FoundReport): string {
  if (report.schemaVersion === 2) return renderModelCard(report, digest);
  throw new PermanentFailure('INVALID_INPUT', 'There is no model card for this report.', {
    problems: [
      {
        field: '--card',
        found: 'a report of an earlier version of Gauntlet',
        expected: 'a report that says what the model is for; a backtest makes one',
      },
    ],
    example: `gauntlet backtest ${report.pipeline}`,
  });
}

/** What was done with the page, as lines. Not being able to open it is no failure: its path is printed anyway. */
async function showPage(htmlPath: string, options: ReportOptions): Promise<readonly string[]> {
  const notes: string[] = [];
  if (options.html !== undefined) {
    const target = path.resolve(options.html);
    await copyFile(htmlPath, target).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw invalidOption('--html', target, `a file that can be written (${why})`, '--html report.html');
    });
    notes.push(`Copied to ${target}`);
  }
  if (options.open === true && !(await openPage(htmlPath))) {
    notes.push(`No browser could be opened here. Open the page yourself: ${htmlPath}`);
  }
  return notes;
}

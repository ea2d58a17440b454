import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { findReport } from './find-report.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { openPage } from './open-page.js';
import { invalidOption } from './option-values.js';
import { renderReport, reportJson } from './report-text.js';

interface ReportOptions {
  readonly json?: boolean;
  readonly open?: boolean;
  readonly html?: string;
}

export function registerReport(program: Command): void {
  defineVerb(program, {
    usage: 'report <pipeline> [digest-prefix]',
    description: 'The newest gate report, or the one named: verdict, metrics with intervals, every check and why',
    examples: [
      'gauntlet report flights',
      'gauntlet report flights 8f3a21bc --open',
      'gauntlet report flights --html report.html',
    ],
  })
    .option('--open', 'open the page with plots in the browser')
    .option('--html <path>', 'copy the page with plots to this file')
    .action((pipeline: string, prefix: string | undefined, options: ReportOptions) =>
      runCommand(options, async (context) => {
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const { records } = await readLedger(services.store, pipeline);
        const found = await findReport(services.store, pipeline, records, prefix);
        const notes = await showPage(found.htmlPath, options);
        const text = [renderReport(found), ...notes].join('\n');
        return { exitCode: exitCodes.done, text, json: reportJson(found) };
      }),
    );
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

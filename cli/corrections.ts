import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline as pipe } from 'node:stream/promises';
import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { CorrectionRow } from '../adapters/duckdb/correction-rows.js';
import type { PredictionsReplaced } from '../domain/ledger/publication-events.js';
import { replacedDecisionsOf, sayReplacedPositives } from '../domain/replaced-decisions.js';
import type { LedgerState, Recorded } from '../domain/ledger/state.js';
import type { Services } from '../workers/services.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { invalidOption, parseCount } from './option-values.js';
import { countOf, formatCount, formatInstant, formatMetric, renderFields, renderTable } from './text-table.js';

interface CorrectionsOptions {
  readonly json?: boolean;
  readonly rollback?: string;
  readonly csv?: boolean;
  readonly limit: string;
}

type Replacement = Recorded<PredictionsReplaced>;

export function registerCorrections(program: Command): void {
  defineVerb(program, {
    usage: 'corrections <pipeline>',
    description: 'The rows whose score or decision a rollback changed, old and new, for those who acted on them',
    examples: [
      'gauntlet corrections flights',
      'gauntlet corrections flights --csv > corrections.csv',
      'gauntlet corrections flights --rollback flights/rollback/0199-… --json',
    ],
  })
    .option('--rollback <id>', 'of this rollback, or of the promotion whose rollout ended (default: the newest)')
    .option('--csv', 'all rows as CSV on stdout')
    .option('--limit <n>', 'rows to list', '20')
    .action((pipeline: string, options: CorrectionsOptions) =>
      runCommand(options, async (context) => {
        const limit = parseCount('--limit', options.limit);
        if (options.csv === true && options.json === true)
          throw invalidOption('--csv', 'true', 'one of --csv and --json', '--csv');
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const { state } = await readLedger(services.store, pipeline);
        const chosen = chooseReplacement(state, pipeline, options.rollback);
        if (chosen === null) return nothingYet(pipeline);
        if (options.csv === true) return writeCsv(services, chosen);
        return tellCorrections(services, { pipeline, state, chosen, limit });
      }),
    );
}

/** The one that is named, whole or by an end that no other has; else the newest. */
function chooseReplacement(state: LedgerState, pipeline: string, asked: string | undefined): Replacement | null {
  const all = [...state.replacements.values()];
  if (asked === undefined) return all.at(-1) ?? null;
  const named = all.filter(({ rollbackId }) => rollbackId === asked);
  const found = named.length > 0 ? named : all.filter(({ rollbackId }) => rollbackId.endsWith(asked));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = all.map(({ rollbackId }) => rollbackId).join(', ') || 'there is none yet';
  throw invalidOption('--rollback', asked, `one of ${known}`, `gauntlet corrections ${pipeline}`);
}

function nothingYet(pipeline: string): CommandOutcome {
  const text = `Nothing that ${pipeline} served was ever taken back, so there are no corrections.`;
  return { exitCode: exitCodes.done, text, json: { pipeline, rollbacks: [], corrections: null } };
}

async function tellCorrections(
  services: Pick<Services, 'store' | 'corrections'>,
  {
    pipeline,
    state,
    chosen,
    limit,
  }: { readonly pipeline: string; readonly state: LedgerState; readonly chosen: Replacement; readonly limit: number },
): Promise<CommandOutcome> {
  const { rollbackId, correctionFile, rowsReplaced, decisionsChanged } = chosen;
  const head =
    correctionFile === null
      ? { rows: [], total: 0 }
      : await services.corrections.readHead(await services.store.localPath(correctionFile), limit);
  const file = correctionFile === null ? null : services.store.locate(correctionFile.path);
  const positives = sayReplacedPositives(chosen);
  const all = [...state.replacements.values()].reverse();
  const text = [
    renderReplacements(all),
    renderFields([
      ['rollback', `${rollbackId}, record ${String(chosen.recordNumber)}`],
      ['replaced', `${countOf(rowsReplaced, 'prediction')}, ${countOf(decisionsChanged, 'decision')} changed`],
      ...(positives === null ? [] : [['decisions', `calls ${positives}`] as const]),
      ...(chosen.warnings ?? []).map((warning) => ['warning', warning] as const),
      ['file', file ?? 'none: the bad version had served nothing'],
      ...(file === null ? [] : [['rows in it', describeRows(head.total, decisionsChanged)] as const]),
    ]),
    ...(head.rows.length === 0 ? [] : [renderRows(head.rows, head.total)]),
  ].join('\n\n');
  const corrections = {
    rollbackId,
    rowsReplaced,
    decisionsChanged,
    ...replacedDecisionsOf(chosen),
    changedRows: head.total,
    file,
    rows: head.rows,
  };
  return {
    exitCode: exitCodes.done,
    text,
    json: { pipeline, rollbacks: all, corrections },
  };
}

/** Who acted on a score rather than on the decision needs the rest of the rows too. */
function describeRows(total: number, decisionsChanged: number): string {
  const scoreOnly = total - decisionsChanged;
  return `${formatCount(total)}: ${formatCount(decisionsChanged)} whose decision changed, ${formatCount(scoreOnly)} whose score changed and whose decision did not`;
}

function renderReplacements(all: readonly Replacement[]): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return renderTable(
    ['taken back by', 'at', right('windows'), right('predictions'), right('decisions changed')],
    all.map((each) => [
      each.rollbackId,
      formatInstant(each.at),
      formatCount(each.windows.length),
      formatCount(each.rowsReplaced),
      formatCount(each.decisionsChanged),
    ]),
  );
}

function renderRows(rows: readonly CorrectionRow[], total: number): string {
  const decision = (value: boolean | null): string => (value === null ? '-' : String(value));
  const listed = renderTable(
    ['window', 'row', 'entity', 'score', 'decision'],
    rows.map((row) => [
      row.window,
      row.row_key,
      row.entity ?? '-',
      `${formatMetric(row.old_score)} -> ${formatMetric(row.new_score)}`,
      `${decision(row.old_decision)} -> ${decision(row.new_decision)}`,
    ]),
  );
  return total > rows.length ? `${listed}\n… of ${countOf(total, 'row')}; all of them with --csv` : listed;
}

/** Through a file of its own: the rows may be more than memory holds. */
async function writeCsv(
  services: Pick<Services, 'store' | 'corrections'>,
  { rollbackId, correctionFile }: Replacement,
): Promise<CommandOutcome> {
  if (correctionFile !== null) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-corrections-'));
    try {
      const file = path.join(folder, 'corrections.csv');
      await services.corrections.writeCsv(await services.store.localPath(correctionFile), file);
      await pipe(createReadStream(file), process.stdout, { end: false });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { exitCode: exitCodes.done, text: '', json: { rollbackId } };
}

import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { readLedgerAfresh } from '../activities/ledger/read-ledger.js';
import type { LedgerState } from '../domain/ledger/state.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline } from './known-pipelines.js';
import { invalidOption } from './option-values.js';
import { composeBundle, type BundleFile, type BundleIndex, type ClosedPromotion } from './promotion-bundle.js';
import { countOf, formatBytes, formatInstant } from './text-table.js';

interface ExportOptions {
  readonly json?: boolean;
  readonly promotion: string;
  readonly out?: string;
  readonly withModel?: boolean;
}

export function registerExport(program: Command): void {
  defineVerb(program, {
    usage: 'export <pipeline>',
    description: 'Writes one closed promotion as a folder that verifies itself, for somebody without Gauntlet',
    examples: [
      'gauntlet export flights',
      'gauntlet export flights --promotion 3 --out for-the-auditor --with-model',
      'gauntlet export flights --promotion flights/v3/1 --json',
    ],
  })
    .option('--promotion <which>', 'a version, a promotion’s id, or newest', 'newest')
    .option('--out <folder>', 'a folder that is new or empty (default: <pipeline>-v<version>-promotion)')
    .option('--with-model', 'the files of the model too, not its manifest alone')
    .action((pipeline: string, options: ExportOptions) =>
      runCommand(options, async (context) => {
        const services = await context.services();
        await assertKnownPipeline(services, pipeline);
        const ledger = await readLedgerAfresh(services.store, pipeline);
        const promotion = choosePromotion(pipeline, ledger.state, options.promotion);
        const folder = path.resolve(options.out ?? `${pipeline}-v${promotion.challenger.version}-promotion`);
        await assertNewOrEmpty(folder);
        const asked = { pipeline, promotion, withModel: options.withModel === true };
        const { index, files } = await composeBundle(services.store, ledger, asked);
        await writeBundle(folder, index, files);
        return tell(folder, index);
      }),
    );
}

/** The newest closed promotion, that of this id, or the newest of this version. */
function choosePromotion(pipeline: string, state: LedgerState, asked: string): ClosedPromotion {
  const closed = [...state.promotions.values()].filter((promotion) => promotion.status === 'closed');
  const byId = closed.find(({ promotionId }) => promotionId === asked);
  const version = asked.replace(/^v(?=\d)/, '');
  const found = asked === 'newest' ? closed.at(-1) : (byId ?? closed.findLast((p) => p.challenger.version === version));
  if (found !== undefined) return found;
  const known = closed.map(({ promotionId, outcome }) => `${promotionId} (${outcome})`).join(', ');
  const expected = known === '' ? 'a closed promotion; there is none yet' : `a version, newest, or one of ${known}`;
  throw invalidOption('--promotion', asked, expected, `gauntlet export ${pipeline} --promotion newest`);
}

async function assertNewOrEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw invalidOption('--out', folder, 'a folder', '--out for-the-auditor');
  });
  if (names.length > 0) throw invalidOption('--out', folder, 'a folder that is new or empty', '--out for-the-auditor');
}

/** The index last: a folder without it was not finished. */
async function writeBundle(folder: string, index: BundleIndex, files: readonly BundleFile[]): Promise<void> {
  for (const file of files) {
    const target = path.join(folder, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    if ('content' in file) await writeFile(target, file.content);
    else await copyFile(file.localPath, target);
  }
  await writeFile(path.join(folder, 'bundle.json'), `${JSON.stringify(index, null, 2)}\n`);
}

function tell(folder: string, index: BundleIndex): CommandOutcome {
  const { promotionId, challenger, outcome, closedAt, head, files } = index;
  const size = formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const text = [
    `${promotionId}: ${challenger.registeredName} v${challenger.version} was ${outcome}, closed ${formatInstant(closedAt)}.`,
    `${countOf(files.length, 'file')}, ${size}, records 1 to ${head.number} of the ledger: ${folder}`,
    `Whoever gets it runs: node ${path.join(folder, 'verify.mjs')}`,
  ].join('\n');
  return { exitCode: exitCodes.done, text, json: { folder, ...index } };
}

import { readLedger } from '../activities/ledger/read-ledger.js';
import { localPathsOf } from '../activities/publication/table-file.js';
import { windowOf } from '../activities/window-partition.js';
import type { JudgedReplacement } from '../adapters/duckdb/judged-replacement.js';
import type { RollbackResult } from '../workflows/api.js';
import { stuck } from './demo-promotion.js';
import { judgeByCron } from './demo-schedules.js';
import { count, fixed, pipeline, type Telling } from './demo-telling.js';

/** When the labels of the day have come: who was right, the version that was taken back or the restored one. */
export async function tellHindsight(
  telling: Telling,
  { from, to, correctionFile }: Pick<RollbackResult, 'from' | 'to' | 'correctionFile'>,
  days: { readonly window: string; readonly from: string; readonly to: string },
): Promise<void> {
  const { log } = telling;
  log('\nTwo days later. Was the watch right? It could not know, and now the labels say:');
  await judgeByCron(telling, days);
  const judged = await judgeDay(telling, { ...days, correctionPath: correctionFile ?? '' });
  const { rows, positives, before, after } = judged;
  log(`  ${count(positives)} of ${count(rows)} flights of ${days.window} were late.`);
  log(`  version ${from.version}, taken back  ${describeSide(before, rows)}`);
  log(`  version ${to.version}, restored    ${describeSide(after, rows)}`);
  log(sayWhoWasRight(judged, { from: from.version, to: to.version }));
  log(
    `Nothing promotes version ${from.version} again by itself: that is a person's decision (npx gauntlet promote ${pipeline} --version ${from.version}).`,
  );
}

function describeSide({ brier, right }: JudgedReplacement['before'], rows: number): string {
  return `Brier ${fixed(brier ?? undefined)}, ${count(right)} of ${count(rows)} decisions right`;
}

/** By the loss that this pipeline is judged by. */
function sayWhoWasRight(
  { before, after }: JudgedReplacement,
  { from, to }: { readonly from: string; readonly to: string },
): string {
  const [lost, won] = [before.brier ?? 0, after.brier ?? 0];
  const difference = Math.abs(lost - won).toFixed(4);
  if (lost === won) return 'By the loss of this pipeline (Brier) both were equally good on that day.';
  return lost < won
    ? `By the loss of this pipeline version ${from}, which was thrown out, was better on that day, by ${difference}.`
    : `By the loss of this pipeline version ${to} was better on that day, by ${difference}.`;
}

async function judgeDay(
  { services }: Telling,
  { window, from, correctionPath }: { readonly window: string; readonly from: string; readonly correctionPath: string },
): Promise<JudgedReplacement> {
  const { store, table, dataset, corrections, definitions } = services;
  const { files } = await table.load(pipeline, 'predictions');
  const served = files.filter((file) => file.window === window);
  const { state } = await readLedger(store, pipeline);
  const file = [...state.replacements.values()].find((each) => each.correctionFile?.path === correctionPath);
  const [first] = served;
  if (first === undefined || file === undefined || file.correctionFile === null)
    throw stuck(`Nothing of ${window} was corrected.`);
  const { definition } = await definitions.load(pipeline);
  // The clock of the monitor run of that day, whose snapshot is found again.
  const asOf = `${from}T12:00:00.000Z`;
  const labelled = await dataset.buildSnapshot({ definition, purpose: 'labelled', window: windowOf(first), asOf });
  return corrections.judge({
    window,
    servedPaths: await localPathsOf(store, table.folder(pipeline, 'predictions'), served),
    correctionPath: await store.localPath(file.correctionFile),
    labelledParts: await dataset.localParts(await dataset.loadSnapshot(pipeline, labelled.digest)),
  });
}

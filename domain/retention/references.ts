import { newestEligibleChallenger } from '../ledger/questions.js';
import type { LedgerState } from '../ledger/state.js';
import type { TableFile } from '../published-table.js';
import type { RetentionFacts, TableFacts } from './collection-plan.js';

/** A data file that some version of a table shows. */
export interface ShownFile {
  readonly file: TableFile;
  /** When the last version that shows it was followed by one that does not; null while it is live. */
  readonly shownUntil: number | null;
  /** A rollback took it out and has not written down yet what it replaced. */
  readonly isBeingReplaced: boolean;
}

/** What the versions of the tables, the ledger and the evidence still stand on. */
export interface References {
  /** Start of the rollback horizon. */
  readonly horizonStart: number;
  /** By store path. */
  readonly shown: ReadonlyMap<string, ShownFile>;
  /** Why a snapshot is needed, by digest. */
  readonly snapshots: ReadonlyMap<string, string>;
  /** Why a model is needed, by digest. */
  readonly models: ReadonlyMap<string, string>;
  /** Folders that hold a whole snapshot or model. */
  readonly wholeFolders: ReadonlySet<string>;
}

/** Everything that must stay whole, with the reason that a person reads. */
export function computeReferences(facts: RetentionFacts): References {
  const horizonStart = Date.parse(facts.now) - facts.policy.rollbackHorizonMs;
  const writtenAt = new Map(facts.files.map((file) => [file.path, Date.parse(file.modifiedAt)]));
  const shown = new Map(facts.tables.flatMap((table) => [...showFiles(table, facts.ledger, writtenAt)]));
  const inHorizon = [...shown.values()].filter((file) => isInHorizon(file, horizonStart));
  const models = neededModels(facts.ledger, horizonStart, inHorizon);
  const manifests = facts.files.filter(({ path }) => path.endsWith('/manifest.json'));
  const wholeFolders = new Set(manifests.map(({ path }) => folderOf(path)));
  return { horizonStart, shown, models, snapshots: neededSnapshots(facts, inHorizon), wholeFolders };
}

/** The folder that a file lies in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Whether a version that was current within the horizon shows the file. */
export function isInHorizon({ shownUntil, isBeingReplaced }: ShownFile, horizonStart: number): boolean {
  return shownUntil === null || isBeingReplaced || shownUntil >= horizonStart;
}

/**
 * Goes through a table's versions. A commit took effect when its log file was written, which a run that waited long makes
 * later than the time it states: the later of the two keeps more.
 */
function showFiles(
  { folder, commits }: TableFacts,
  ledger: LedgerState,
  writtenAt: ReadonlyMap<string, number>,
): ReadonlyMap<string, ShownFile> {
  const shown = new Map<string, ShownFile>();
  for (const commit of commits) {
    const log = `${folder}/_delta_log/${String(commit.version).padStart(20, '0')}.json`;
    const at = Math.max(Date.parse(commit.at), writtenAt.get(log) ?? 0);
    const isBeingReplaced = commit.operation === 'rollback' && !ledger.replacements.has(commit.identity);
    for (const removed of commit.removed) {
      const before = shown.get(`${folder}/${removed}`);
      if (before !== undefined) shown.set(`${folder}/${removed}`, { ...before, shownUntil: at, isBeingReplaced });
    }
    for (const file of commit.added) {
      shown.set(`${folder}/${file.path}`, { file, shownUntil: null, isBeingReplaced: false });
    }
  }
  return shown;
}

function neededSnapshots(facts: RetentionFacts, inHorizon: readonly ShownFile[]): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  for (const { model, trainingSnapshotDigest } of facts.ledger.models.values()) {
    const isCollected = facts.ledger.collected.has(`models/${model.modelDigest}/model.onnx`);
    if (!isCollected) needed.set(trainingSnapshotDigest, 'models were trained on it');
  }
  for (const digest of facts.evidenceSnapshots) needed.set(digest, 'gates were measured on it');
  for (const { file } of inHorizon)
    needed.set(file.snapshotDigest, 'publications within the horizon were made from it');
  return needed;
}

function neededModels(
  ledger: LedgerState,
  horizonStart: number,
  inHorizon: readonly ShownFile[],
): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  for (const { file } of inHorizon) needed.set(file.modelDigest, 'publications within the horizon are its scores');
  ledger.championHistory.forEach(({ model }, index) => {
    const next = ledger.championHistory[index + 1];
    const isRecent = next === undefined || Date.parse(next.since) >= horizonStart;
    if (isRecent) needed.set(model.modelDigest, 'champion within the rollback horizon');
  });
  const eligible = newestEligibleChallenger(ledger)?.model;
  if (eligible !== undefined) needed.set(eligible.modelDigest, 'the next challenger');
  if (ledger.openPromotion !== null) needed.set(ledger.openPromotion.challenger.modelDigest, 'in the open promotion');
  if (ledger.previousChampion !== null) needed.set(ledger.previousChampion.modelDigest, 'previous champion');
  if (ledger.champion !== null) needed.set(ledger.champion.modelDigest, 'champion');
  return needed;
}

import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerHead } from '../../domain/ledger/record.js';
import { decidePublication, type PublicationDecision, type PublicationRequest } from '../../domain/publication.js';
import { transactionId, type CommitInfo, type PublishedWindow, type TableFile } from '../../domain/published-table.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable, TableName } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { assertNotCollected } from '../retention/collected-files.js';
import { storeFileOf } from './table-file.js';

/** Who publishes and why; fixed by the workflow, so that a retry writes the same bytes. */
export interface PublicationInfo {
  readonly at: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly reason: string;
}

export interface PublishWindowArgs {
  readonly store: Store;
  readonly table: PredictionTable;
  /** What the run fixed at its start; `ledger` is where the ledger stood then. */
  readonly pins: {
    readonly pipeline: string;
    readonly decisionEpoch: number;
    readonly champion: { readonly modelDigest: string };
    /** The rollout step in force then. */
    readonly split?: { readonly challenger: { readonly modelDigest: string } } | null;
    readonly ledger: LedgerHead;
  };
  readonly runIdentity: string;
  /** Partition value. */
  readonly window: string;
  /** In key order, adopted into the `predictions` folder; none publishes the window as empty. */
  readonly served: readonly TableFile[];
  /** Who scored a window without rows, which no file says; the pinned champion where it is left out. */
  readonly emptyServedBy?: string;
  /** Adopted into the `shadow-predictions` folder. */
  readonly shadows: readonly TableFile[];
  /** What the audit compared decisions with: nothing is published over anything else. Absent where nothing was compared. */
  readonly comparedWith?: string | null;
  readonly info: PublicationInfo;
}

export type PublishResult =
  | { readonly status: 'published'; readonly version: number; readonly rows: number; readonly filesReplaced: number }
  | { readonly status: 'already-published'; readonly live: PublishedWindow }
  | { readonly status: 'revoked'; readonly modelDigest: string; readonly revokedAtEpoch: number }
  | { readonly status: 'overtaken'; readonly live: PublishedWindow | null }
  | { readonly status: 'superseded'; readonly live: PublishedWindow };

/** Every conflict means that somebody else committed, so a bounded number of them is a crowd, not a dead end. */
const maxAttempts = 200;

/**
 * Makes a run's predictions the served ones: shadow scores first, then read the table, then fold the ledger, decide,
 * and create the next version; on conflict both are read again. Safe to repeat after a kill at any point.
 */
export async function publishWindow(args: PublishWindowArgs): Promise<PublishResult> {
  const request = requestOf(args);
  await assertFilesStored(args, request);
  const early = await decideNow(args, request);
  if (early.status !== 'publish') return resultOf(early);
  await commitShadows(args);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const decision = await decideNow(args, request);
    if (decision.status !== 'publish') return resultOf(decision);
    const outcome = await commitServed(args, decision);
    if (outcome !== 'conflict') {
      const rows = args.served.reduce((sum, file) => sum + file.rows, 0);
      return { status: 'published', version: decision.version, rows, filesReplaced: decision.remove.length };
    }
  }
  throw tooManyConflicts(args.pins.pipeline, 'predictions');
}

function requestOf({
  pins,
  runIdentity,
  window,
  served,
  emptyServedBy,
  comparedWith,
}: PublishWindowArgs): PublicationRequest {
  const championDigest = pins.champion.modelDigest;
  const challengerDigest = pins.split?.challenger.modelDigest ?? null;
  const own = served.find(({ modelDigest }) => modelDigest !== challengerDigest);
  const servedDigest = own?.modelDigest ?? emptyServedBy ?? championDigest;
  const compared = comparedWith === undefined ? {} : { comparedWith };
  const digests = { championDigest, challengerDigest, servedDigest };
  return { window, runIdentity, decisionEpoch: pins.decisionEpoch, ...digests, ...compared };
}

/** The order is the protocol: the table first, the ledger after it. */
async function decideNow(args: PublishWindowArgs, request: PublicationRequest): Promise<PublicationDecision> {
  const table = await args.table.load(args.pins.pipeline, 'predictions');
  const { state } = await readLedger(args.store, args.pins.pipeline);
  const decision = decidePublication({ request, table, ledger: state });
  if (decision.status === 'publish') {
    assertNotCollected(state, filesIn(args, 'predictions', args.served));
  }
  return decision;
}

/** What has to be there still when a commit names it. */
function filesIn({ table, pins }: PublishWindowArgs, name: TableName, files: readonly TableFile[]) {
  const { pipeline, ledger } = pins;
  return { pipeline, folder: table.folder(pipeline, name), files, pinnedNumber: ledger.number };
}

function resultOf(decision: Exclude<PublicationDecision, { status: 'publish' }>): PublishResult {
  return decision.status === 'noop' ? { status: 'already-published', live: decision.live } : decision;
}

/** Data files are re-read and their hashes compared before the commit that makes them visible. */
async function assertFilesStored(args: PublishWindowArgs, request: PublicationRequest): Promise<void> {
  const { store, table, served, shadows, pins } = args;
  assertServingModels(served, request);
  const inTables: readonly (readonly [TableName, readonly TableFile[]])[] = [
    ['predictions', served],
    ['shadow-predictions', shadows],
  ];
  for (const [name, files] of inTables) {
    for (const file of files) {
      assertBelongs(file, request);
      await store.localPath(storeFileOf(table.folder(pins.pipeline, name), file));
    }
  }
}

/** One model serves the whole window, or the champion and its challenger do; never another mixture. */
function assertServingModels(
  served: readonly TableFile[],
  { championDigest, challengerDigest = null, servedDigest }: PublicationRequest,
): void {
  const serving =
    servedDigest === championDigest && challengerDigest !== null ? [servedDigest, challengerDigest] : [servedDigest];
  const problems = served
    .filter((file) => !serving.includes(file.modelDigest))
    .map((file) => ({
      field: file.path,
      found: `model ${file.modelDigest}`,
      expected: `model ${serving.join(' or ')}`,
    }));
  if (problems.length === 0) return;
  throw new PermanentFailure('INVALID_INPUT', 'a window cannot be published with rows of several models', { problems });
}

function assertBelongs(file: TableFile, { window, runIdentity, decisionEpoch }: PublicationRequest): void {
  const isOurs = file.window === window && file.runIdentity === runIdentity && file.decisionEpoch === decisionEpoch;
  if (isOurs) return;
  const shown = (of: { window: string; runIdentity: string; decisionEpoch: number }): string =>
    `window ${of.window} of run ${of.runIdentity} in epoch ${String(of.decisionEpoch)}`;
  throw new PermanentFailure('INVALID_INPUT', 'a file of another run cannot be published', {
    problems: [{ field: file.path, found: shown(file), expected: shown({ window, runIdentity, decisionEpoch }) }],
  });
}

/**
 * Shadow scores are only ever added: those of a run count together with its served commit, so a run that loses leaves
 * rows that nobody counts, and the rows of the run that stays served are not touched.
 */
async function commitShadows(args: PublishWindowArgs): Promise<void> {
  const { pipeline } = args.pins;
  if (args.shadows.length === 0) return;
  const info = infoOf(args);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { version, transactions } = await args.table.load(pipeline, 'shadow-predictions');
    if (transactions.has(transactionId(info))) return;
    const { state } = await readLedger(args.store, pipeline);
    assertNotCollected(state, filesIn(args, 'shadow-predictions', args.shadows));
    const change = { add: args.shadows, remove: [], info };
    const outcome = await args.table.commit(pipeline, 'shadow-predictions', version + 1, change);
    if (outcome !== 'conflict') return;
  }
  throw tooManyConflicts(pipeline, 'shadow-predictions');
}

function commitServed(
  args: PublishWindowArgs,
  { version, remove }: Extract<PublicationDecision, { status: 'publish' }>,
): Promise<'created' | 'conflict' | 'already'> {
  const add = args.served;
  const added = new Set(add.map((file) => file.path));
  const change = { add, remove: remove.filter((file) => !added.has(file.path)), info: infoOf(args) };
  return args.table.commit(args.pins.pipeline, 'predictions', version, change);
}

function infoOf({ pins, runIdentity, window, info }: PublishWindowArgs): CommitInfo {
  return {
    operation: 'publish',
    ...info,
    ledgerNumber: pins.ledger.number,
    ledgerHash: pins.ledger.hash,
    identity: runIdentity,
    decisionEpoch: pins.decisionEpoch,
    windows: [window],
  };
}

/** Not a permanent failure: the next attempt meets a calmer table. */
export function tooManyConflicts(pipeline: string, table: TableName): Error {
  return new Error(`${table} of ${pipeline} changed ${String(maxAttempts)} times while one commit was tried`);
}

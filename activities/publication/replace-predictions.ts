import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { transactionId, type CommitInfo, type TableCommit, type TableFile } from '../../domain/published-table.js';
import {
  chooseShadowFiles,
  findReversal,
  planReplacement,
  type Reversal,
  type RevokedWindow,
} from '../../domain/rollback.js';
import { readLedger, type Ledger } from '../ledger/read-ledger.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { boundedMap } from '../bounded-map.js';
import { assertNotCollected } from '../retention/collected-files.js';
import { tooManyConflicts, type PublicationInfo } from './publish-window.js';
import { storeFileOf } from './table-file.js';

/** What the provider of a replacement is given. */
export interface ReplacementRequest extends RevokedWindow {
  readonly target: ModelRef;
  /** The rollback's epoch, which the replacement has to carry. */
  readonly decisionEpoch: number;
  /** Scores of the target from the run whose rows are live, in the `shadow-predictions` folder; none: score again. */
  readonly shadows: readonly TableFile[];
}

export interface ReplacePredictionsArgs {
  readonly store: Store;
  readonly table: PredictionTable;
  readonly pipeline: string;
  /** `decisionId` of a rollback, or the promotion whose rollout ended; its record must be in the ledger before. */
  readonly rollbackId: string;
  readonly info: PublicationInfo;
  /** Gives files of the target for a window, adopted into the `predictions` folder; none leaves the window empty. */
  readonly provide: (request: ReplacementRequest) => Promise<readonly TableFile[]>;
}

export interface ReplacedWindow {
  readonly window: string;
  readonly windowEnd: string;
  readonly removed: readonly TableFile[];
  readonly added: readonly TableFile[];
}

export interface ReplaceResult {
  /** `already`: an earlier attempt made the commit; `windows` says what it replaced. */
  readonly status: 'replaced' | 'already';
  readonly version: number;
  readonly windows: readonly ReplacedWindow[];
}

const maxAttempts = 200;

/** Enough to hide the latency of a store; how many models score at once is the scorer's business. */
const windowsAtOnce = 4;

/**
 * Takes everything that revoked models serve out of the table and puts the target's predictions in, all windows in one
 * commit, which is made even when there is nothing to replace: a publication that read an older version then conflicts,
 * reads the ledger again and stops. Safe to repeat after a kill at any point.
 */
export async function replacePredictions(args: ReplacePredictionsArgs): Promise<ReplaceResult> {
  const provided = new Map<string, Promise<readonly TableFile[]>>();
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const result = await tryReplace(args, provided);
    if (result !== 'overtaken') return result;
  }
  throw tooManyConflicts(args.pipeline, 'predictions');
}

async function tryReplace(
  args: ReplacePredictionsArgs,
  provided: Map<string, Promise<readonly TableFile[]>>,
): Promise<ReplaceResult | 'overtaken'> {
  const table = await args.table.load(args.pipeline, 'predictions');
  const ledger = await readLedger(args.store, args.pipeline);
  const reversal = reversalOf(args, ledger);
  const info = infoOf(args, ledger, reversal);
  const earlier = table.transactions.get(transactionId(info));
  if (earlier !== undefined) return { status: 'already', version: earlier, windows: await replacedBy(args, earlier) };
  const plan = planReplacement({ reversal, table, ledger: ledger.state });
  const windows = await boundedMap(plan, windowsAtOnce, async (revoked): Promise<ReplacedWindow> => {
    const added = await provideOnce(args, { reversal, revoked, ledger: ledger.state }, provided);
    return { window: revoked.window, windowEnd: revoked.windowEnd, removed: revoked.served, added };
  });
  assertAllStay(args, ledger.state, windows);
  const version = table.version + 1;
  const outcome = await args.table.commit(args.pipeline, 'predictions', version, {
    add: windows.flatMap(({ added }) => added),
    remove: windows.flatMap(({ removed }) => removed),
    info: { ...info, windows: windows.map(({ window }) => window) },
  });
  if (outcome === 'created') return { status: 'replaced', version, windows };
  return 'overtaken';
}

/**
 * Whoever provides must not give what retention has named. A record that this ledger does not have yet comes with an
 * empty commit that the replacement then conflicts with. Which snapshots are left does not matter to a replacement.
 */
function assertAllStay(
  { table, pipeline }: ReplacePredictionsArgs,
  ledger: LedgerState,
  windows: readonly ReplacedWindow[],
): void {
  const files = windows.flatMap(({ added }) => added);
  const folder = table.folder(pipeline, 'predictions');
  assertNotCollected(ledger, { pipeline, folder, files, pinnedNumber: ledger.head.number });
}

function reversalOf(args: ReplacePredictionsArgs, ledger: Ledger): Reversal {
  const reversal = findReversal(ledger.state, args.rollbackId);
  if (reversal !== null) return reversal;
  throw new PermanentFailure(
    'INVALID_INPUT',
    'predictions are replaced only after the ledger has the record that takes them back',
    {
      problems: [
        {
          field: 'rollbackId',
          found: args.rollbackId,
          expected: 'the record of a rollback or of the end of a rollout',
        },
      ],
    },
  );
}

function infoOf(args: ReplacePredictionsArgs, ledger: Ledger, reversal: Reversal): Omit<CommitInfo, 'windows'> {
  return {
    operation: 'rollback',
    ...args.info,
    ledgerNumber: reversal.recordNumber,
    ledgerHash: ledger.records[reversal.recordNumber - 1]?.hash ?? null,
    identity: args.rollbackId,
    decisionEpoch: reversal.epoch,
  };
}

/** A window that is to be replaced, as the ledger was read after the table. */
interface Wanted {
  readonly reversal: Reversal;
  readonly revoked: RevokedWindow;
  readonly ledger: LedgerState;
}

/**
 * Shadow scores of the target for a window; none when retention has taken one of them out, or one is damaged: then the
 * window is scored again.
 */
export async function findShadowFiles(
  { store, table, pipeline }: Pick<ReplacePredictionsArgs, 'store' | 'table' | 'pipeline'>,
  asked: { readonly ledger: LedgerState; readonly revoked: RevokedWindow; readonly targetDigest: string },
): Promise<readonly TableFile[]> {
  const folder = table.folder(pipeline, 'shadow-predictions');
  const shadows = chooseShadowFiles(
    await table.load(pipeline, 'shadow-predictions'),
    asked.revoked,
    asked.targetDigest,
  );
  if (shadows.some(({ path }) => asked.ledger.collected.has(`${folder}/${path}`))) return [];
  try {
    await Promise.all(shadows.map((shadow) => store.localPath(storeFileOf(folder, shadow))));
    return shadows;
  } catch (error) {
    if (error instanceof PermanentFailure) return [];
    throw error;
  }
}

/** A lost race does not make the same window be scored again, unless it was lost to retention that names the file. */
async function provideOnce(
  args: ReplacePredictionsArgs,
  wanted: Wanted,
  provided: Map<string, Promise<readonly TableFile[]>>,
): Promise<readonly TableFile[]> {
  const { revoked, ledger } = wanted;
  const key = [revoked.window, ...revoked.served.map(({ path }) => path)].join(' ');
  const known = await provided.get(key);
  const folder = args.table.folder(args.pipeline, 'predictions');
  if (known?.every(({ path }) => !ledger.collected.has(`${folder}/${path}`)) === true) return known;
  const files = provideChecked(args, wanted);
  provided.set(key, files);
  return files;
}

async function provideChecked(
  args: ReplacePredictionsArgs,
  { reversal, revoked, ledger }: Wanted,
): Promise<readonly TableFile[]> {
  const shadows = await findShadowFiles(args, { ledger, revoked, targetDigest: reversal.model.modelDigest });
  const request = { ...revoked, target: reversal.model, decisionEpoch: reversal.epoch, shadows };
  const files = await args.provide(request);
  for (const file of files) {
    assertIsTarget(file, request);
    await args.store.localPath(storeFileOf(args.table.folder(args.pipeline, 'predictions'), file));
  }
  return files;
}

function assertIsTarget(file: TableFile, request: ReplacementRequest): void {
  const found = [file.window, file.modelDigest, file.decisionEpoch].join(', ');
  const expected = [request.window, request.target.modelDigest, request.decisionEpoch].join(', ');
  if (found === expected) return;
  throw new PermanentFailure('INVALID_INPUT', 'a replacement must hold the predictions of the restored model', {
    problems: [{ field: 'window, modelDigest, decisionEpoch', found, expected }],
  });
}

/** What a commit of an earlier attempt replaced, from the log. */
async function replacedBy(args: ReplacePredictionsArgs, version: number): Promise<readonly ReplacedWindow[]> {
  const before = await args.table.load(args.pipeline, 'predictions', version - 1);
  const commits = await args.table.history(args.pipeline, 'predictions');
  const commit = commits.find((candidate) => candidate.version === version);
  return commit === undefined ? [] : commit.windows.map((window) => replacedIn(commit, before.files, window));
}

function replacedIn(commit: TableCommit, before: readonly TableFile[], window: string): ReplacedWindow {
  const paths = new Set(commit.removed);
  const removed = before.filter((file) => file.window === window && paths.has(file.path));
  const added = commit.added.filter((file) => file.window === window);
  return { window, windowEnd: added[0]?.windowEnd ?? removed[0]?.windowEnd ?? window, removed, added };
}

import { PermanentFailure } from '../../domain/failure-types.js';
import { foldLedger } from '../../domain/ledger/evolve.js';
import { emptyLedger, type ChainedRecord, type LedgerState } from '../../domain/ledger/state.js';
import { emptyTable, type TableCommit, type TableState } from '../../domain/published-table.js';
import { leaveOpen, type VerifyCheck } from '../../domain/verify/check.js';
import {
  checkApprovalTimes,
  checkQuorum,
  checkUniqueFacts,
  checkVerifiedIdentities,
} from '../../domain/verify/approval-checks.js';
import {
  checkCommitOrder,
  checkPinnedEpochs,
  checkReplacedRows,
  checkReplacements,
} from '../../domain/verify/commit-checks.js';
import { checkChampionEpochs, checkLedgerRules, checkPromotionEvidence } from '../../domain/verify/ledger-checks.js';
import { checkRolloutSteps } from '../../domain/verify/rollout-checks.js';
import {
  checkEntitlement,
  checkLedgerPlaces,
  checkNothingRevoked,
  checkSameOutput,
} from '../../domain/verify/table-checks.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { RowCounter } from '../ports/row-counter.js';
import type { Store } from '../ports/store.js';
import {
  checkAll,
  checkDefinitions,
  checkModels,
  checkRowParity,
  checkSnapshots,
  checkTableFiles,
  findFileProblems,
} from './check-files.js';
import { checkCohorts } from './check-cohorts.js';
import { checkAnalyses } from './check-analyses.js';
import { checkAnchors, type PlacedAnchor } from './check-anchors.js';
import { checkJudgements, checkPages, checkReports } from './check-reports.js';
import { checkSignatures } from './check-signatures.js';
import { checkRolloutPlans } from './check-rollout-plans.js';
import { checkQuarantine } from './check-quarantine.js';
import { checkServedRows } from './check-rows.js';
import { excuseCollected, type Excuse } from './excuse-collected.js';
import { readChain, withUntrustedCollections } from './read-chain.js';

export interface VerifyArgs {
  readonly store: Store;
  /** A table that this process has not read from before, so that nothing is taken from its memory. */
  readonly table: PredictionTable;
  readonly rowCounter: RowCounter;
  readonly pipeline: string;
  /** Heads of the ledger that were written down elsewhere. */
  readonly anchors?: readonly PlacedAnchor[];
}

/**
 * Checks a pipeline's invariants from its files alone, with no server running. Finding problems is a result, not a
 * failure. In a broken ledger only what stands before the break is checked, and what needs the whole of it is left open:
 * everything that happened behind the break would look wrong for that one reason.
 */
export async function verifyPipeline(args: VerifyArgs): Promise<readonly VerifyCheck[]> {
  const { records, check } = await readChain(args.store, args.pipeline);
  const state = foldLedger(records);
  const isWhole = check.badRecord === undefined;
  const excusing = isWhole ? state : await withUntrustedCollections(args.store, args.pipeline, state, check.checked);
  const isExcused = await excuseCollected(args, excusing);
  const anchors = (args.anchors ?? []).filter(({ anchor }) => isWhole || anchor.number <= records.length);
  return [
    check,
    checkAnchors(records, anchors),
    checkLedgerRules(records),
    checkUniqueFacts(records),
    checkChampionEpochs(records),
    checkPromotionEvidence(records),
    checkApprovalTimes(records),
    checkVerifiedIdentities(records),
    checkRolloutSteps(records),
    await checkRolloutPlans(args.store, records),
    checkQuorum(records),
    await checkSignatures(args.store, records),
    await checkReports(args.store, records),
    await checkJudgements(args.store, records),
    await checkAnalyses(args.store, records),
    await checkPages(args.store, records),
    await checkCorrections(args.store, state),
    await checkDefinitions(args.store, state),
    await checkModels(args.store, state, isExcused),
    await checkSnapshots(args, state, isExcused),
    ...(await checkQuarantine(args.store, args.rowCounter, args.pipeline)),
    ...(await checkServed(args, { records, state, isWhole, isExcused })),
    ...(await checkShadows(args, isExcused)),
  ];
}

interface Known {
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
  /** Every record of the ledger can be trusted. */
  readonly isWhole: boolean;
  readonly isExcused: Excuse;
}

async function checkServed(
  args: VerifyArgs,
  { records, state, isWhole, isExcused }: Known,
): Promise<readonly VerifyCheck[]> {
  const { store, table, rowCounter, pipeline } = args;
  const folder = table.folder(pipeline, 'predictions');
  return readable(folder, async () => {
    const commits = await table.history(pipeline, 'predictions');
    const live = await table.load(pipeline, 'predictions');
    return [
      await checkTableFiles({ store, rowCounter, folder, commits, isExcused }),
      await checkServedRows({ store, rowCounter, folder, table: live }),
      await checkRowParity(store, pipeline, commits),
      checkSameOutput(commits),
      checkCommitOrder(commits),
      checkReplacedRows(commits),
      ...(isWhole
        ? await checkAgainstLedger(args, { records, state, commits, live })
        : (await checkAgainstLedger(args, nothing)).map(leaveOpen)),
    ];
  });
}

interface LedgerAndTable {
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
  readonly commits: readonly TableCommit[];
  readonly live: TableState;
}

/** Nothing to look at: tells only which checks there are. */
const nothing: LedgerAndTable = { records: [], state: emptyLedger, commits: [], live: emptyTable };

/** What was published against what the ledger says of it, which may stand in any record. */
async function checkAgainstLedger(
  { store, table, rowCounter, pipeline }: VerifyArgs,
  { records, state, commits, live }: LedgerAndTable,
): Promise<readonly VerifyCheck[]> {
  const folder = table.folder(pipeline, 'predictions');
  return [
    await checkCohorts({ store, rowCounter, pipeline, folder, state, commits }),
    checkEntitlement(state, commits),
    checkNothingRevoked(state, live),
    checkLedgerPlaces(records, commits),
    checkPinnedEpochs(state, commits),
    checkReplacements(state, commits),
  ];
}

async function checkShadows(
  { store, table, rowCounter, pipeline }: VerifyArgs,
  isExcused: Excuse,
): Promise<readonly VerifyCheck[]> {
  const folder = table.folder(pipeline, 'shadow-predictions');
  return readable(folder, async () => {
    const commits = await table.history(pipeline, 'shadow-predictions');
    return [await checkTableFiles({ store, rowCounter, folder, commits, isExcused })];
  });
}

/** Every correction file of a rollback is there with its hash. */
function checkCorrections(store: Store, state: LedgerState): Promise<VerifyCheck> {
  const files = [...state.replacements.values()].flatMap(({ correctionFile }) => correctionFile ?? []);
  return checkAll('every correction file is there with its hash', files, (file) => findFileProblems(store, file));
}

/** A log that cannot be read is one failed check; the others still speak. */
async function readable(
  folder: string,
  checks: () => Promise<readonly VerifyCheck[]>,
): Promise<readonly VerifyCheck[]> {
  const name = `the log of ${folder} can be read`;
  try {
    return [{ name, checked: 1, problems: [] }, ...(await checks())];
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    return [{ name, checked: 1, problems: error.problems }];
  }
}

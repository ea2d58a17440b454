import { PermanentFailure } from '../../domain/failure-types.js';
import { foldLedger } from '../../domain/ledger/evolve.js';
import type { ChainedRecord, LedgerState } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
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
import { readChain } from './read-chain.js';

export interface VerifyArgs {
  readonly store: Store;
  /** A table that this process has not read from before, so that nothing is taken from its memory. */
  readonly table: PredictionTable;
  readonly rowCounter: RowCounter;
  readonly pipeline: string;
  /** Heads of the ledger that were written down elsewhere. */
  readonly anchors?: readonly PlacedAnchor[];
}

/** Checks a pipeline's invariants from its files alone, with no server running. Finding problems is a result, not a failure. */
export async function verifyPipeline(args: VerifyArgs): Promise<readonly VerifyCheck[]> {
  const { records, check } = await readChain(args.store, args.pipeline);
  const state = foldLedger(records);
  const isExcused = await excuseCollected(args, state);
  return [
    check,
    checkAnchors(records, args.anchors ?? []),
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
    ...(await checkServed(args, { records, state, isExcused })),
    ...(await checkShadows(args, isExcused)),
  ];
}

interface Known {
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
  readonly isExcused: Excuse;
}

async function checkServed(args: VerifyArgs, { records, state, isExcused }: Known): Promise<readonly VerifyCheck[]> {
  const { store, table, rowCounter, pipeline } = args;
  const folder = table.folder(pipeline, 'predictions');
  return readable(folder, async () => {
    const commits = await table.history(pipeline, 'predictions');
    const live = await table.load(pipeline, 'predictions');
    return [
      await checkTableFiles({ store, rowCounter, folder, commits, isExcused }),
      await checkServedRows({ store, rowCounter, folder, table: live }),
      await checkRowParity(store, pipeline, commits),
      await checkCohorts({ store, rowCounter, pipeline, folder, state, commits }),
      checkEntitlement(state, commits),
      checkNothingRevoked(state, live),
      checkLedgerPlaces(records, commits),
      checkSameOutput(commits),
      checkCommitOrder(commits),
      checkPinnedEpochs(state, commits),
      checkReplacements(state, commits),
      checkReplacedRows(commits),
    ];
  });
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

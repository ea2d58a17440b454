import { restoreInLedger } from '../../activities/rollback/restore-champion.js';
import { replaceServed } from '../../activities/rollback/replace-served.js';
import { judge, rounded, tell, type Target } from '../support/bench-report.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { prepareWorld, publishAll, type RollbackWorld } from './rollback-world.js';
import { benchStamp } from './two-champions.js';

/** One rollback of all windows. */
interface RollbackTime {
  /** From the ledger's record to the commit that readers see. */
  readonly servedSeconds: number;
  /** From there to the record of the correction file. */
  readonly correctionSeconds: number;
  readonly rows: number;
}

export interface RollbackSizes {
  readonly windows: number;
  readonly rowsPerWindow: number;
}

/** The same rollback twice in one run, by the same code: with shadow scores, and with the windows scored again. */
export async function measureRollback({ windows, rowsPerWindow }: RollbackSizes): Promise<readonly Target[]> {
  return inTemporaryFolder(async (folder) => {
    tell(`training two models, writing ${String(windows)} windows of ${String(rowsPerWindow)} rows …`);
    const world = await prepareWorld(folder, { windows, rows: rowsPerWindow });
    const shadowed = await rollBack(world, 'shadowed', true);
    const rescored = await rollBack(world, 'rescored', false);
    return [speedTarget(shadowed, rescored)];
  });
}

function speedTarget(shadowed: RollbackTime, rescored: RollbackTime): Target {
  return judge({
    id: 'rollback-from-shadow-scores-against-scoring-again',
    op: '>=',
    target: 20,
    value: shadowed.rows === rescored.rows ? rounded(rescored.servedSeconds / shadowed.servedSeconds) : null,
    unit: '×',
    sides: [
      { name: 'from shadow scores', value: rounded(shadowed.servedSeconds), unit: 's' },
      { name: 'scored again', value: rounded(rescored.servedSeconds), unit: 's' },
      { name: 'rows', value: shadowed.rows, unit: '' },
      { name: 'correction file after it', value: rounded(shadowed.correctionSeconds), unit: 's' },
    ],
  });
}

async function rollBack(world: RollbackWorld, pipeline: string, withShadow: boolean): Promise<RollbackTime> {
  tell(`${pipeline}: publishing …`);
  await publishAll(world, pipeline, withShadow);
  const { services, good, bad } = world;
  const plan = {
    pipeline,
    definitionDigest: '',
    rollbackId: `${pipeline}/rollback`,
    from: bad,
    to: good,
    dryRun: false,
    preview: noPreview(world),
    actor: benchStamp.actor,
    reason: 'bench',
  };
  const startedAt = performance.now();
  let servedAt = startedAt;
  await restoreInLedger(services.store, plan, benchStamp);
  const { rowsReplaced, fromShadow, rescored } = await replaceServed(services, {
    plan,
    stamp: benchStamp,
    signal: new AbortController().signal,
    report: () => undefined,
    onServed: () => (servedAt = performance.now()),
  });
  const doneAt = performance.now();
  const expected = withShadow ? fromShadow : rescored;
  if (expected !== world.snapshots.size) throw new Error(`${pipeline}: ${String(expected)} windows went the way meant`);
  const servedSeconds = (servedAt - startedAt) / 1_000;
  tell(
    `${pipeline}: ${servedSeconds.toFixed(3)} s until readers see it, ${((doneAt - servedAt) / 1_000).toFixed(3)} s more`,
  );
  return { servedSeconds, correctionSeconds: (doneAt - servedAt) / 1_000, rows: rowsReplaced };
}

/** Nobody asks for it here. */
function noPreview({ good, bad }: RollbackWorld) {
  return {
    status: 'dry-run',
    summary: '',
    rollbackId: null,
    from: bad,
    to: good,
    windows: [],
    rowsReplaced: 0,
    decisionsChanged: 0,
    fromShadow: 0,
    rescored: 0,
    correctionFile: null,
    tableVersion: null,
    alias: 'unchanged',
  } as const;
}

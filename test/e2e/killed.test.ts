import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuckDBInstance } from '@duckdb/node-api';
import type { CrashPoint } from '../../activities/crash-point.js';
import type { PromoteResult, RollbackResult, ScoreResult } from '../../workflows/api.js';
import {
  aliasVersion,
  anchoredNumber,
  askedFor,
  LiveStack,
  resetAlias,
  slowMs,
  until,
  type StoreView,
} from '../support/live-stack.js';
import { testSeededState } from '../support/servers.js';

const scored = 'flights-scored';
const promoted = 'flights-promoted';
const undone = 'flights-undone';

/** Windows by where the worker dies while it scores them; `process` is a kill of the worker while the predictor runs. */
const deaths = {
  'before-score': '2001-03-01',
  process: '2001-03-02',
  'after-score': '2001-03-03',
  'after-shard-record': '2001-03-06',
  'before-publish': '2001-03-04',
  'after-publish': '2001-03-05',
} as const;

/**
 * The same story twice from equal stores: once undisturbed, once with the worker killed by SIGKILL at every place that
 * matters. All kills come first and the waits for the dead worker's steps run together, because Temporal notices a lost
 * step only after its timeout: 20 seconds for computing, one minute for records, two for the registry.
 */
describe('a worker that is killed', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let calm: StoreView;
  let calmRollback: RollbackResult;
  let view: StoreView;
  const runs = new Map<string, WorkflowHandle>();

  beforeAll(async () => {
    const { stateDir, pipelinesDir } = await testSeededState();
    stack = await LiveStack.open({ seed: stateDir, env: { GAUNTLET_PIPELINES: pipelinesDir } });
    view = stack.view();
    calm = stack.view(path.join(stack.stateDir, 'calm-store'));
    await cp(view.storeDir, calm.storeDir, { recursive: true });
    calmRollback = await liveUndisturbed();
    await killEverywhere();
  }, 2 * slowMs);
  afterAll(async () => stack.close(), slowMs);

  async function liveUndisturbed(): Promise<RollbackResult> {
    await stack.restartWorker({ GAUNTLET_STORE: calm.storeDir });
    const [rollback] = await Promise.all([
      promoteAndScore(undone).then(() => stack.run<RollbackResult>('rollback', { pipeline: undone })),
      promoteAndScore(promoted),
      ...Object.values(deaths).map((window) => stack.run('score', { pipeline: scored, window })),
    ]);
    for (const pipeline of [undone, promoted]) await resetAlias(stack.dev.trackingUri, pipeline, '1');
    return rollback;
  }

  async function promoteAndScore(pipeline: string): Promise<void> {
    await stack.promote({ pipeline });
    await scoreAfterwards(pipeline);
  }

  async function scoreAfterwards(pipeline: string): Promise<void> {
    for (const window of ['2001-03-01', '2001-03-02']) await stack.run('score', { pipeline, window });
  }

  /** The longest wait is started first; every kill leaves its run to whichever worker comes next. */
  async function killEverywhere(): Promise<void> {
    await stack.restartWorker({ GAUNTLET_CRASH_AT: 'after-alias' });
    for (const pipeline of [promoted, undone]) runs.set(pipeline, await stack.start('promote', { pipeline }));
    await askedFor(runs.get(undone)!);
    await stack.approve(runs.get(promoted)!);
    await stack.untilWorkerDied();
    await stack.restartWorker({ GAUNTLET_CRASH_AT: 'after-champion-record' });
    await stack.approve(runs.get(undone)!);
    await stack.untilWorkerDied();
    for (const point of ['before-publish', 'after-publish'] as const) await killScoring(point);
    await killWhilePredicting();
    for (const point of ['before-score', 'after-score', 'after-shard-record'] as const) await killScoring(point);
    await stack.restartWorker();
  }

  async function killScoring(point: CrashPoint & keyof typeof deaths): Promise<void> {
    await stack.restartWorker({ GAUNTLET_CRASH_AT: point });
    runs.set(point, await stack.start('score', { pipeline: scored, window: deaths[point] }));
    await stack.untilWorkerDied();
  }

  async function killWhilePredicting(): Promise<void> {
    await stack.restartWorker();
    runs.set('process', await stack.start('score', { pipeline: scored, window: deaths.process }));
    const worker = stack.dev.workerPid()!;
    await until('the predictor runs', async () =>
      (await childrenOf(worker)).some((line) => line.includes('predictor')),
    );
    await stack.dev.stopWorker('SIGKILL');
  }

  it.each(Object.entries(deaths))(
    'scoring: killed at %s, it publishes the bytes of an undisturbed run',
    async (point, window) => {
      const result = (await runs.get(point)!.result()) as ScoreResult;
      const [live, expected] = await Promise.all([view.publishedBytes(scored), calm.publishedBytes(scored)]);
      expect(['published', 'already-published']).toContain(result.status);
      expect(expected[window]).toMatch(/^[0-9a-f]{64}$/);
      expect(live[window]).toBe(expected[window]);
    },
  );

  it('publishes each window exactly once', async () => {
    await Promise.all(Object.keys(deaths).map((point) => runs.get(point)!.result()));
    const { version, windows } = await view.table(scored);
    expect(windows.size).toBe(Object.keys(deaths).length);
    expect(version).toBe(windows.size - 1);
    expect(await view.problems(scored)).toEqual([]);
  });

  it('promotion: killed between the record and the alias, the champion changes once and the alias follows', async () => {
    const result = (await runs.get(undone)!.result()) as PromoteResult;
    await expectOneChange(undone, result);
  });

  it('rollback: killed at both sides of the replacement, it replaces once and with the same scores', async () => {
    await runs.get(undone)!.result();
    await scoreAfterwards(undone);
    expect(await view.publishedBytes(undone)).toEqual(await bytesBeforeRollback(calm));
    const rollback = await killedTwice(['before-replace', 'after-replace']);
    expect({ ...rollback, rollbackId: '', correctionFile: '' }).toEqual({
      ...calmRollback,
      rollbackId: '',
      correctionFile: '',
    });
    const [live, expected] = await Promise.all([servedScores(view), servedScores(calm)]);
    expect(live).toEqual(expected);
    const { championHistory, replacements } = await view.ledger(undone);
    expect(championHistory.map(({ cause }) => cause)).toEqual(['bootstrap', 'promotion', 'rollback']);
    expect(replacements.size).toBe(1);
    expect(await aliasVersion(stack.dev.trackingUri, undone)).toBe('1');
    expect(await view.problems(undone)).toEqual([]);
  });

  it('promotion: killed between the alias and its record, the record is made up and nothing is done twice', async () => {
    const result = (await runs.get(promoted)!.result()) as PromoteResult;
    await expectOneChange(promoted, result);
    await scoreAfterwards(promoted);
    expect(await view.publishedBytes(promoted)).toEqual(await calm.publishedBytes(promoted));
    expect(await view.problems(promoted)).toEqual([]);
  });

  async function killedTwice(points: readonly CrashPoint[]): Promise<RollbackResult> {
    let rollback: WorkflowHandle | undefined;
    for (const point of points) {
      await stack.restartWorker({ GAUNTLET_CRASH_AT: point });
      rollback ??= await stack.start('rollback', { pipeline: undone });
      await stack.untilWorkerDied();
    }
    await stack.restartWorker();
    return (await rollback!.result()) as RollbackResult;
  }

  async function expectOneChange(pipeline: string, result: PromoteResult): Promise<void> {
    const { championHistory, champion, pendingProjection, aliasAlarms } = await view.ledger(pipeline);
    expect(result).toMatchObject({ status: 'promoted', approvedBy: 'Maria' });
    expect(championHistory.map(({ cause, model }) => [cause, model.version])).toEqual([
      ['bootstrap', '1'],
      ['promotion', '2'],
    ]);
    expect(champion).toEqual(result.championAfter);
    expect(pendingProjection).toBeNull();
    expect(aliasAlarms).toEqual([]);
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe('2');
    expect(await anchoredNumber(stack.dev.trackingUri, pipeline)).toBe(championHistory.at(-1)?.recordNumber);
  }
});

/** As the undisturbed table was served before its last commit, the rollback. */
async function bytesBeforeRollback(view: StoreView): Promise<Readonly<Record<string, string>>> {
  const { version } = await view.table(undone);
  return view.publishedBytes(undone, version - 1);
}

/** Rows as they are served, but for the run that made them: a rollback is named after its workflow run. */
async function servedScores(view: StoreView): Promise<readonly unknown[]> {
  const folder = await view.tableFolder(undone);
  const { files } = await view.table(undone);
  const list = files.map((file) => `'${path.join(folder, file.path)}'`).join(', ');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(
    `SELECT model_digest, cohort, count(*) AS rows, md5(string_agg(row_key || score || decision, ',' ORDER BY row_key)) AS scores
     FROM read_parquet([${list}], hive_partitioning = false) GROUP BY ALL`,
  );
  connection.closeSync();
  return reader.getRowsJson();
}

/** Command lines of the processes that a process started, as the system lists them. */
async function childrenOf(pid: number): Promise<readonly string[]> {
  const threads = await readdir(`/proc/${String(pid)}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((id) => readFile(`/proc/${String(pid)}/task/${id}/children`, 'utf8').catch(() => '')),
  );
  const children = lists
    .join(' ')
    .split(/\s+/)
    .filter((id) => id !== '');
  return Promise.all(children.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
}

import { cp } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aliasVersion, hasBegun, LiveStack, resetAlias, slowMs, until, type StoreView } from '../support/live-stack.js';
import { testSeededState } from '../support/servers.js';
import type { RollbackResult, ScoreResult } from '../../workflows/api.js';

const pipeline = 'flights-undone';

describe('a scoring run that meets a rollback', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let fork: string;
  let rounds = 0;

  beforeAll(async () => {
    const { stateDir, pipelinesDir } = await testSeededState();
    stack = await LiveStack.open({ seed: stateDir, env: { GAUNTLET_PIPELINES: pipelinesDir } });
    await stack.promote({ pipeline });
    await stack.run('score', { pipeline, window: '2001-03-01' });
    fork = path.join(stack.stateDir, 'fork');
    await cp(stack.dev.settings.storeLocation, fork, { recursive: true });
  }, slowMs);
  afterAll(async () => stack.close(), slowMs);

  /** A world of its own for each round: the second version is champion and has published one window. */
  async function openRound(): Promise<StoreView> {
    rounds += 1;
    const storeDir = path.join(stack.stateDir, `round-${String(rounds)}`);
    await cp(fork, storeDir, { recursive: true });
    await resetAlias(stack.dev.trackingUri, pipeline, '2');
    await stack.restartWorker({ GAUNTLET_STORE: storeDir });
    return stack.view(storeDir);
  }

  const rollBack = () => stack.start('rollback', { pipeline, reason: 'complaints' });
  const score = (window: string) => stack.start('score', { pipeline, window });

  async function expectNothingOfTheRevoked(view: StoreView, runs: readonly WorkflowHandle[], rollback: WorkflowHandle) {
    const results = (await Promise.all(runs.map((run) => run.result()))) as ScoreResult[];
    const undone = (await rollback.result()) as RollbackResult;
    const { champion, revocations } = await view.ledger(pipeline);
    const { files } = await view.table(pipeline);
    expect(undone.status).toBe('rolled-back');
    expect(champion).toEqual(undone.to);
    expect(revocations.length).toBeGreaterThan(0);
    expect(new Set(files.map((file) => file.modelDigest))).toEqual(new Set([undone.to.modelDigest]));
    expect(results.map((result) => result.status)).toEqual(runs.map(() => 'published'));
    expect(files.map((file) => file.window).sort()).toEqual(
      ['2001-03-01', ...results.map((r) => r.window.start.slice(0, 10))].sort(),
    );
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe(undone.to.version);
    expect(await view.problems(pipeline)).toEqual([]);
  }

  it('leaves no live row of the revoked version when both start at once', async () => {
    const view = await openRound();
    const [run, rollback] = await Promise.all([score('2001-03-02'), rollBack()]);
    await expectNothingOfTheRevoked(view, [run], rollback);
  });

  it('leaves none when the rollback starts while the window is being scored', async () => {
    const view = await openRound();
    const run = await score('2001-03-02');
    await hasBegun(run, 'buildScoringSnapshot');
    await expectNothingOfTheRevoked(view, [run], await rollBack());
  });

  it('leaves none when the scoring run starts as soon as the ledger holds the rollback', async () => {
    const view = await openRound();
    const before = (await view.ledger(pipeline)).decisionEpoch;
    const rollback = await rollBack();
    await until('the rollback is recorded', async () => (await view.ledger(pipeline)).decisionEpoch > before);
    await expectNothingOfTheRevoked(view, [await score('2001-03-02')], rollback);
  });

  it('leaves none when several windows are under way, one of them a republication', async () => {
    const view = await openRound();
    const runs = await Promise.all(['2001-03-02', '2001-03-03', '2001-03-04'].map(score));
    await hasBegun(runs[0]!, 'scoreShard');
    await expectNothingOfTheRevoked(view, runs, await rollBack());
  });
});

import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySchedules } from '../../schedules/apply-schedules.js';
import { desiredSchedules, type ScheduledType } from '../../schedules/desired-schedule.js';
import { followBackfill } from '../../cli/follow-backfill.js';
import { startBackfill } from '../../cli/start-backfill.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import { openServices } from '../../workers/services.js';
import type { MonitorResult, PromoteResult, RetrainResult, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { aliasVersion, LiveStack, pausedAt, slowMs, type StoreView } from '../support/live-stack.js';
import { Terminal } from '../support/terminal.js';

const pipeline = 'flights';
const execute = promisify(execFile);

/** Each step builds on the ones before it: one model's life on real servers and real rows. */
describe('the whole story of a pipeline', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let view: StoreView;
  let terminal: Terminal;
  let first: ModelRef;
  let second: ModelRef;
  let promotion: WorkflowHandle;

  beforeAll(async () => {
    stack = await LiveStack.open();
    view = stack.view();
    terminal = new Terminal(stack.stateDir);
    await scheduleAll(stack);
  }, slowMs);
  afterAll(async () => stack.close(), slowMs);

  /** The ledger says who is champion, and MLflow itself says the same. */
  async function expectChampion(model: ModelRef): Promise<void> {
    expect((await view.ledger(pipeline)).champion).toEqual(model);
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe(model.version);
  }

  it('trains a version that is not champion until a person approves its report', async () => {
    const trained = await stack.run<RetrainResult>('retrain', { pipeline, asOf: '2001-03-01', by: 'Ada' });
    expect(trained).toMatchObject({ status: 'trained', promotionWorkflowId: null });
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBeNull();
    const promotion = await stack.start('promote', { pipeline, bootstrap: true, by: 'Ada' });
    const asked = await stack.approve(promotion);
    const promoted = (await promotion.result()) as PromoteResult;
    first = trained.model!;
    expect(promoted).toMatchObject({
      status: 'promoted',
      championBefore: null,
      championAfter: first,
      approvedBy: 'Maria',
    });
    expect(promoted.gates?.reportDigest).toBe(asked.reportDigest);
    await expectChampion(first);
  });

  it('scores every window of a backfilled schedule with the champion', async () => {
    const results = await backfill<ScoreResult>(stack, 'score', '2001-03-01', '2001-03-04');
    const { files } = await view.table(pipeline);
    expect(results.map(({ status, model }) => ({ status, model }))).toEqual(
      results.map(() => ({ status: 'published', model: first })),
    );
    expect(files.map(({ window }) => window).sort()).toEqual(['2001-03-01', '2001-03-02', '2001-03-03']);
    expect(results.every(({ rows }) => rows > 10_000)).toBe(true);
  });

  it('judges a window by schedule once its labels are known', async () => {
    const [judged] = await backfill<MonitorResult>(stack, 'monitor', '2001-03-03', '2001-03-04');
    expect(judged?.windows.map(({ window }) => window.start.slice(0, 10))).toContain('2001-03-01');
    expect(judged?.alias).toContain(`version ${first.version}`);
    expect((await view.ledger(pipeline)).monitoredWindows.length).toBe(judged?.windows.length);
  });

  it('takes the next version through its rollout after a person approved it, to the top', async () => {
    const trained = await stack.run<RetrainResult>('retrain', { pipeline, asOf: '2001-04-02', promote: false });
    second = trained.model!;
    promotion = await stack.start('promote', { pipeline, asOf: '2001-04-02' });
    await stack.approve(promotion);
    await pausedAt(promotion, ({ rollout }) => rollout?.step === 1);
    const [inShadow] = await backfill<ScoreResult>(stack, 'score', '2001-04-02', '2001-04-03');
    expect(inShadow).toMatchObject({ status: 'published', model: first, shadowVersions: [second.version] });
    await backfill<MonitorResult>(stack, 'monitor', '2001-04-04', '2001-04-05');

    await pausedAt(promotion, ({ rollout }) => rollout?.step === 2);
    const [shared] = await backfill<ScoreResult>(stack, 'score', '2001-04-03', '2001-04-04');
    const share = (shared?.challenger?.rows ?? 0) / (shared?.rows ?? 1);
    expect(shared).toMatchObject({
      status: 'published',
      model: first,
      challenger: { model: second, sharePercent: 25 },
    });
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.35);
    await expectChampion(first);
    await backfill<MonitorResult>(stack, 'monitor', '2001-04-05', '2001-04-06');

    await pausedAt(promotion, ({ rollout }) => rollout?.phase === 'watch');
    await expectChampion(second);
  });

  it('lets the previous champion score in shadow while the new one is watched', async () => {
    const [watched] = await backfill<ScoreResult>(stack, 'score', '2001-04-04', '2001-04-05');
    expect(watched).toMatchObject({ status: 'published', model: second, shadowVersions: [first.version] });
    await pausedAt(promotion, ({ rollout }) => rollout?.cyclesPublished === 1);
  });

  it('rolls back the alias and every prediction of the version in one commit, which ends its promotion', async () => {
    const before = await view.table(pipeline);
    const undone = await stack.run<RollbackResult>('rollback', { pipeline, reason: 'complaints', by: 'Night shift' });
    const after = await view.table(pipeline);
    const replaced = before.files.filter(({ modelDigest }) => modelDigest === second.modelDigest);
    expect(undone).toMatchObject({ status: 'rolled-back', from: second, to: first, fromShadow: 2, rescored: 0 });
    expect(undone.windows).toEqual(['2001-04-03', '2001-04-04']);
    expect(undone.rowsReplaced).toBe(replaced.reduce((sum, { rows }) => sum + rows, 0));
    expect(after.version).toBe(before.version + 1);
    expect(await promotion.result()).toMatchObject({ status: 'rolled-back', championAfter: first });
    await expectChampion(first);
  });

  it('refuses a bad challenger without asking anybody', async () => {
    const params = { trees: 2, leaves: 2, maxDepth: 1 };
    const before = await view.standing(pipeline);
    const trained = await stack.run<RetrainResult>('retrain', { pipeline, asOf: '2001-04-02', params, promote: false });
    const refused = await stack.run<PromoteResult>('promote', {
      pipeline,
      asOf: '2001-04-02',
      version: trained.model!.version,
    });
    expect(refused).toMatchObject({ status: 'refused', championAfter: first, approvedBy: null });
    expect(refused.gates?.verdict).not.toBe('pass');
    expect(refused.grounds.length).toBeGreaterThan(0);
    expect(await view.standing(pipeline)).toEqual(before);
    await expectChampion(first);
  });

  it("serves what Delta readers see and what MLflow's own client predicts from the written inputs", async () => {
    const { files } = await view.table(pipeline);
    const window = '2001-04-03';
    const inputs = path.join(stack.stateDir, 'inputs.parquet');
    await terminal.json('predictions', pipeline, '--window', window, '--inputs', inputs);
    const seen = await readServed(stack, [
      await view.tableFolder(pipeline),
      window,
      stack.dev.trackingUri,
      pipeline,
      inputs,
      '1000',
    ]);
    expect(seen.digests).toEqual([first.modelDigest]);
    expect(seen.rows).toEqual(rowsByWindow(files));
    expect(seen.compared).toBe(1000);
    expect(seen.distinctScores).toBeGreaterThan(50);
    expect(seen.largestDifference).toBeLessThanOrEqual(1e-6);
  });

  it('verifies clean', async () => {
    expect(await view.problems(pipeline)).toEqual([]);
    expect(await terminal.json<object>('verify', pipeline)).toMatchObject({ clean: true });
  });
});

/** Two models may serve a window, each with files of its own. */
function rowsByWindow(files: readonly TableFile[]): Readonly<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.window] = (rows[file.window] ?? 0) + file.rows;
  return rows;
}

async function scheduleAll({ client, dev }: LiveStack): Promise<void> {
  const { definition } = await (await openServices(dev.settings)).definitions.load(pipeline);
  await applySchedules(client.schedule, { desired: desiredSchedules(definition), pipeline, prune: false });
}

/** Plays a schedule over past days, as a person catches up. */
async function backfill<R>(
  { client }: LiveStack,
  type: ScheduledType,
  from: string,
  to: string,
): Promise<readonly R[]> {
  const range = { start: new Date(from).toISOString(), end: new Date(to).toISOString() };
  const started = await startBackfill(client, { pipeline, type, range });
  const progress = { tell: () => undefined, draw: () => undefined };
  const rows = await followBackfill(client, started, { progress, signal: AbortSignal.timeout(slowMs) });
  return rows.map(({ result, summary }) => {
    if (result === null) throw new Error(summary);
    return result as R;
  });
}

interface Served {
  readonly rows: Readonly<Record<string, number>>;
  readonly digests: readonly string[];
  readonly compared: number;
  readonly largestDifference: number;
  readonly distinctScores: number;
}

async function readServed({ dev }: LiveStack, args: readonly string[]): Promise<Served> {
  const script = fileURLToPath(new URL('read_served.py', import.meta.url));
  return JSON.parse((await execute(dev.settings.pythonPath, [script, ...args])).stdout) as Served;
}

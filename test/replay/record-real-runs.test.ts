import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowType } from '../../workflows/api.js';
import { LiveStack, slowMs } from '../support/live-stack.js';
import { leaves } from '../support/scripted-pipelines.js';
import { testSeededState } from '../support/servers.js';
import { recordHistory } from '../support/workflow-environment.js';

const pipeline = 'flights-undone';

/**
 * One life of a pipeline on real servers with the real activities, for the replay corpus: what a server writes down, and
 * what activities really answer, is richer than what fakes say. Only run to record, with GAUNTLET_RECORD_HISTORIES=1.
 */
describe.runIf(process.env['GAUNTLET_RECORD_HISTORIES'] === '1')('a life on real servers', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let pipelinesDir: string;

  beforeAll(async () => {
    const seed = await testSeededState();
    pipelinesDir = seed.pipelinesDir;
    stack = await LiveStack.open({ seed: seed.stateDir, env: { GAUNTLET_PIPELINES: pipelinesDir } });
  }, 2 * slowMs);
  afterAll(async () => stack.close(), slowMs);

  async function record(type: WorkflowType, name: string, input: object): Promise<void> {
    await finish(await stack.start(type, { pipeline, ...input }), `${type}-real-${name}`);
  }

  async function finish(handle: WorkflowHandle, name: string): Promise<void> {
    await handle.result();
    await recordHistory(handle, name);
  }

  it('is recorded, one history for each kind of run', async () => {
    await record('score', 'window', { window: '2001-03-01' });
    await record('backtest', 'challenger', {});
    const promotion = await stack.start('promote', { pipeline });
    await stack.approve(promotion);
    await finish(promotion, 'promote-real-approved');
    await record('score', 'with-shadow', { window: '2001-03-02' });
    await record('monitor', 'windows', {});
    await record('rollback', 'dry-run', { dryRun: true });
    await record('rollback', 'restored', {});
    await record('retrain', 'with-promotion', { params: leaves(pipelinesDir, pipeline, 'v3') });
    const started = stack.client.workflow.getHandle(`promote/${pipeline}/v3`);
    await started.signal('abort', { by: 'Maria', reason: 'enough is recorded' });
    await finish(started, 'promote-real-aborted-child');
    expect((await stack.view().ledger(pipeline)).openPromotion).toBeNull();
  });
});

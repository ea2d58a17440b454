import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowClient } from 'mlflow-ts-client';
import type { MonitorResult, ScoreResult } from '../../workflows/api.js';
import { aliasVersion, LiveStack, slowMs, type StoreView } from '../support/live-stack.js';
import { testSeededState } from '../support/servers.js';

const pipeline = 'flights-scored';

/** Version 1 is champion; version 2 is registered. Somebody works on MLflow directly. */
describe('what somebody does in MLflow behind our back', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let view: StoreView;

  beforeAll(async () => {
    const { stateDir, pipelinesDir } = await testSeededState();
    stack = await LiveStack.open({ seed: stateDir, env: { GAUNTLET_PIPELINES: pipelinesDir } });
    view = stack.view();
  }, 2 * slowMs);
  afterAll(async () => stack.close(), slowMs);

  function aliases() {
    return createMlflowClient({ trackingUri: stack.dev.trackingUri }).aliases;
  }

  async function cardOf(handle: WorkflowHandle): Promise<string> {
    return (await handle.query<{ readonly currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
  }

  it('is found before a window is scored, which the ledger’s champion serves all the same', async () => {
    await aliases().set(pipeline, 'champion', '2');
    const handle = await stack.start('score', { pipeline, window: '2001-03-01' });
    const result = (await handle.result()) as ScoreResult;
    expect(result).toMatchObject({ status: 'published', model: { version: '1' } });
    expect(await cardOf(handle)).toContain('ALARM: the alias champion is 2, the ledger says 1; it was left alone');
    const { aliasAlarms, champion } = await view.ledger(pipeline);
    expect(aliasAlarms).toEqual([
      expect.objectContaining({ expectedVersion: '1', foundVersion: '2', finding: 'moved' }),
    ]);
    expect(champion?.version).toBe('1');
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe('2');
  });

  it('is not recorded twice, and settled when somebody puts it back', async () => {
    await stack.run('score', { pipeline, window: '2001-03-02' });
    expect((await view.ledger(pipeline)).aliasAlarms).toHaveLength(1);
    await aliases().set(pipeline, 'champion', '1');
    const monitored = await stack.run<MonitorResult>('monitor', { pipeline });
    expect(monitored.alias).toBe('champion is version 1, as the ledger says');
    expect((await view.ledger(pipeline)).openFinding).toBeNull();
    expect(await view.problems(pipeline)).toEqual([]);
  });

  it('lets runs be found by what they are about', async () => {
    const ids: string[] = [];
    const query = `GauntletPipeline = "${pipeline}" AND GauntletPhase = "published"`;
    for await (const { workflowId } of stack.client.workflow.list({ query })) ids.push(workflowId);
    expect(ids).toHaveLength(2);
  });
});

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import protobuf from 'protobufjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { testWorkflowBundle } from '../support/servers.js';
import { historiesFolder, readHistory } from '../support/workflow-environment.js';

/*
 * Recorded runs of test/workflows, replayed on today's workflows: a change that would break a run in flight fails here.
 * Then either guard the change with `patched('…')`, or, when no run of the old code can be in flight any more, record
 * anew:
 *
 *   GAUNTLET_RECORD_HISTORIES=1 npx vitest run test/workflows
 */

const recorded = readdirSync(historiesFolder).filter((name) => name.endsWith('.json'));

let codePath: string;
beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  codePath = await testWorkflowBundle();
});

function replay(history: unknown): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: { codePath }, replayName: 'recorded' }, history, 'recorded');
}

describe('a recorded run', () => {
  it.each(recorded)('%s takes the same course on the workflows of today', async (name) => {
    await replay(readHistory(name));
  });

  it('of every workflow is among them', () => {
    const types = ['backtest', 'monitor', 'promote', 'retrain', 'rollback', 'score'];
    expect([...new Set(recorded.map((name) => name.split(/[-.]/)[0]))].sort()).toEqual(types);
  });

  it('that took another course is found out', async () => {
    const text = JSON.stringify(readHistory('score-published.json')).replaceAll('"publishScores"', '"publishTwice"');
    await expect(replay(JSON.parse(text))).rejects.toThrow(DeterminismViolationError);
  });
});

describe('histories as JSON', () => {
  it('come back as they were written', () => {
    const history = historyFromJSON(readHistory('score-published.json'));
    expect(historyFromJSON(JSON.parse(historyToJSON(history)))).toEqual(history);
  });

  /** With more than one copy installed, every conversion of a history fails with "type must be a Type". */
  it('need one and the same protobufjs in every Temporal package', () => {
    const here = createRequire(import.meta.url);
    const copies = ['proto', 'common', 'client', 'worker'].map((name) =>
      createRequire(here.resolve(`@temporalio/${name}`)).resolve('protobufjs'),
    );
    expect(new Set(copies)).toEqual(new Set([here.resolve('protobufjs')]));
    expect(protobuf.build).toBe('full');
  });
});

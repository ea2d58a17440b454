import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowClient } from 'mlflow-ts-client';
import type { MonitorResult, PromoteResult, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { aliasVersion, LiveStack, slowMs, type StoreView } from '../support/live-stack.js';
import { testSeededState } from '../support/servers.js';
import { Terminal } from '../support/terminal.js';

const execute = promisify(execFile);

/** One stack for all: in both pipelines version 1 is champion and version 2 is registered. */
let stack: LiveStack;
let view: StoreView;
let terminal: Terminal;
let proxy: FaultProxy;
let scratch: string;

/** Promotions of `flights-promoted` have to be signed by Maria, whose key a person made at this terminal. */
beforeAll(async () => {
  const seed = await testSeededState();
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-operations-'));
  const pipelinesDir = path.join(scratch, 'pipelines');
  await cp(seed.pipelinesDir, pipelinesDir, { recursive: true });
  const env = { GAUNTLET_PIPELINES: pipelinesDir };
  const { policyLine } = await new Terminal(scratch, env).json<{ readonly policyLine: string }>(
    ...['keygen', 'Maria', '--out', keyFile()],
  );
  const file = path.join(pipelinesDir, signed, 'pipeline.js');
  const definition = await readFile(file, 'utf8');
  const approval = `approval: { unsigned: 'refuse', approvers: [${policyLine}] },`;
  await writeFile(file, definition.replace('export default {', `export default {\n  ${approval}`));
  stack = await LiveStack.open({ seed: seed.stateDir, env });
  view = stack.view();
  terminal = new Terminal(stack.stateDir, env);
  proxy = await startFaultProxy(stack.dev.trackingUri);
}, 2 * slowMs);

afterAll(async () => {
  proxy.close();
  await stack.close();
  await rm(scratch, { recursive: true });
}, slowMs);

const signed = 'flights-promoted';
const keyFile = (): string => path.join(scratch, 'maria.pem');

const pipeline = 'flights-scored';

/** Somebody works on MLflow directly. */
describe('what somebody does in MLflow behind our back', { timeout: slowMs }, () => {
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

/** Each step builds on the ones before it. */
describe('a promotion and its end, by commands alone', { timeout: slowMs }, () => {
  const score = (window: string) => terminal.json('score', signed, '--window', window);
  const standing = () => view.standing(signed);
  let planDigest = '';

  it('is planned without effect', async () => {
    await score('2001-03-01');
    const [before, records] = [await standing(), (await view.ledger(signed)).head.number];
    const { result } = await terminal.json<{ readonly result: PromoteResult }>('promote', signed, '--plan');
    expect(result).toMatchObject({ status: 'dry-run', plan: { verdict: 'pass', undo: { to: { version: '1' } } } });
    planDigest = result.plan?.planDigest ?? '';
    expect(await standing()).toEqual(before);
    expect((await view.ledger(signed)).head.number).toBe(records);
  });

  it('is not applied once the world has moved, and says what did', async () => {
    await score('2001-03-02');
    const before = (await view.ledger(signed)).head;
    const refused = await terminal.refusal('promote', signed, '--apply', planDigest);
    expect(refused).toMatchObject({ exitCode: 3, type: 'PLAN_STALE', example: `gauntlet promote ${signed} --plan` });
    expect(refused.problems.map(({ field }) => field)).toContain('asOf');
    expect((await view.ledger(signed)).head).toEqual(before);
  });

  it('is applied by the command that its new plan prints, as far as a person', async () => {
    const { stdout } = await terminal.run('promote', signed, '--plan');
    const [, printed = ''] = /Apply exactly this: gauntlet (.*)$/m.exec(stdout) ?? [];
    expect(printed).toMatch(/^promote flights-promoted --apply [0-9a-f]{12}$/);
    expect(await terminal.json(...printed.split(' '))).toMatchObject({ status: 'waiting-for-approval' });
    const { waiting } = await terminal.json<{ readonly waiting: readonly object[] }>('approvals', signed);
    expect(waiting).toMatchObject([{ challengerVersion: '2', asked: ['Maria'], phase: 'gates passed' }]);
  });

  it('takes the approval that is signed, and no other', async () => {
    const report = (await view.ledger(signed)).openPromotion?.report?.reportDigest.slice(0, 12) ?? '';
    const approve = ['approve', signed, '--report', report, '--reason', 'as good, and fresher'];
    const claimed = await terminal.run(...approve, '--by', 'Maria');
    expect(claimed.exitCode).toBe(3);
    expect(claimed.stdout).toContain('The approval did not count: it is not signed');
    const done = await terminal.json(...approve, '--key', keyFile(), '--wait');
    expect(done).toMatchObject({ recorded: { identity: 'verified', by: 'Maria' }, result: { status: 'promoted' } });
    expect(await aliasVersion(stack.dev.trackingUri, signed)).toBe('2');
  });

  it('cannot be aborted any more; its end is rehearsed and planned without effect', async () => {
    await score('2001-03-03');
    expect(await terminal.refusal('abort', signed)).toMatchObject({ exitCode: 3, type: 'NO_OPEN_PROMOTION' });
    const before = await standing();
    const drilled = await terminal.json<{ readonly result: RollbackResult }>('drill', signed);
    expect(drilled.result).toMatchObject({ status: 'drilled', windows: ['2001-03-03'], drill: { verdict: 'pass' } });
    const planned = await terminal.json<{ readonly result: RollbackResult }>('rollback', signed, '--plan');
    expect(planned.result).toMatchObject({ status: 'dry-run', rescored: 1, blast: [{ window: '2001-03-03' }] });
    expect(drilled.result.rowsReplaced).toBe(planned.result.rowsReplaced);
    expect(await standing()).toEqual(before);
  });

  it('is rolled back while MLflow is away, and the alias follows when it is back', async () => {
    await stack.restartWorker({ MLFLOW_TRACKING_URI: proxy.endpoint });
    const down = { do: 'reset', applied: false } as const;
    proxy.failOn({ matches: () => true, faults: Array.from({ length: 10_000 }, () => down) });
    const { result } = await terminal.json<{ readonly result: RollbackResult }>(
      ...['rollback', signed, '--reason', 'complaints', '--by', 'Night shift'],
    );
    expect(result).toMatchObject({ status: 'rolled-back', windows: ['2001-03-03'], to: { version: '1' } });
    expect(result.alias).toContain('pending');
    expect(await aliasVersion(stack.dev.trackingUri, signed)).toBe('2');
    proxy.recover();
    await terminal.run('monitor', signed);
    expect(await aliasVersion(stack.dev.trackingUri, signed)).toBe('1');
    const { modelVersions } = createMlflowClient({ trackingUri: stack.dev.trackingUri });
    const { tags } = (await modelVersions.get(signed, '1')) ?? {};
    expect(tags).toMatchObject({ 'gauntlet.corrections': result.correctionFile });
    const { corrections } = await terminal.json<{ readonly corrections: object }>('corrections', signed);
    expect(corrections).toMatchObject({ rollbackId: result.rollbackId, rowsReplaced: result.rowsReplaced });
  });

  it('is told to an auditor: who served, who decided, and a bundle that verifies itself', async () => {
    const served = await terminal.json('history', signed, '--on', '2001-03-03');
    expect(served).toMatchObject({ windows: [{ now: { models: ['v1'], operation: 'rollback' } }] });
    const status = await terminal.json<object>('status', signed);
    expect(status).toMatchObject({ champion: { to: '1', cause: 'rollback' }, lastDrill: { verdict: 'pass' } });
    expect(await terminal.json<object>('verify', signed, '--anchors')).toMatchObject({ clean: true });
    const out = path.join(scratch, 'bundle');
    await terminal.json('export', signed, '--promotion', '2', '--out', out);
    const { stdout } = await execute(process.execPath, [path.join(out, 'verify.mjs')], { env: {} });
    expect(stdout).toContain('Maria (verified) approved that very report');
  });
});

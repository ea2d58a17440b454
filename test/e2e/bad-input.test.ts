import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMlflow } from '../../scripts/servers/index.mjs';
import { toCommandError, type CommandError } from '../../cli/command-error.js';
import type { Problem } from '../../domain/failure-types.js';
import type { WorkflowType } from '../../domain/workflow-inputs.js';
import type { RetrainResult, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { aliasVersion, LiveStack, pausedAt, slowMs, type StoreView } from '../support/live-stack.js';
import { leaves, type ScriptedModel } from '../support/scripted-pipelines.js';
import { testPython, testSeededState } from '../support/servers.js';
import { cardOf } from '../support/workflow-environment.js';

const pipeline = 'flights-scored';
const undone = 'flights-undone';

interface BadStart {
  readonly type: WorkflowType;
  readonly input: unknown;
  readonly failure: string;
  readonly problems: readonly Problem[];
}

const anywhere = expect.any(String) as string;

const badStarts: readonly (readonly [title: string, start: BadStart])[] = [
  [
    'an empty form of the UI',
    {
      type: 'score',
      input: null,
      failure: 'INVALID_INPUT',
      problems: [{ field: 'input', found: 'nothing', expected: 'one JSON object' }],
    },
  ],
  [
    'a pipeline that is not there',
    {
      type: 'promote',
      input: { pipeline: 'trains' },
      failure: 'UNKNOWN_PIPELINE',
      problems: [
        { field: 'pipeline', found: '"trains"', expected: 'one of flights-promoted, flights-scored, flights-undone' },
      ],
    },
  ],
  [
    'a window that is no date, and a field that nobody knows, both at once',
    {
      type: 'score',
      input: { pipeline, window: 'yesterday', windw: '2001-03-05' },
      failure: 'INVALID_INPUT',
      problems: [
        { field: 'window', found: '"yesterday"', expected: anywhere },
        { field: 'windw', found: anywhere, expected: anywhere },
      ],
    },
  ],
  [
    'a window in the future',
    {
      type: 'score',
      input: { pipeline, window: '2999-01-01' },
      failure: 'WINDOW_IN_FUTURE',
      problems: [{ field: 'window', found: anywhere, expected: anywhere }],
    },
  ],
  [
    'a window beyond what the source covers',
    {
      type: 'score',
      input: { pipeline, window: '2002-01-01' },
      failure: 'WINDOW_BEYOND_COVERAGE',
      problems: [{ field: 'window', found: anywhere, expected: anywhere }],
    },
  ],
  [
    'a version that does not exist',
    {
      type: 'promote',
      input: { pipeline, version: '9' },
      failure: 'INVALID_INPUT',
      problems: [{ field: 'version', found: '9', expected: 'one of 1, 2' }],
    },
  ],
];

type Given = { readonly behaviour: string } | { readonly model: ScriptedModel };

const badTrainers: readonly (readonly [what: string, failure: string, problem: RegExp, given: Given])[] = [
  ['exits with an error', 'TRAINER_FAILED', /exit code 3/, { behaviour: 'exits' }],
  ['hangs', 'TRAINER_TIMEOUT', /still running after 15000 ms/, { behaviour: 'hangs' }],
  ['leaves no model', 'TRAINER_NO_MODEL', /model\.onnx/, { behaviour: 'leaves-no-model' }],
  ['has another signature', 'TRAINER_BAD_MODEL', /exactly one float32 input/, { model: 'wrong-signature' }],
  ['gives no numbers', 'TRAINER_BAD_MODEL', /NaN|finite/, { model: 'not-a-number' }],
];

describe('what people and programs get wrong', { timeout: slowMs }, () => {
  let stack: LiveStack;
  let view: StoreView;
  let mlflow: Awaited<ReturnType<typeof startMlflow>>;
  let startRegistry: () => ReturnType<typeof startMlflow>;
  let registryDir: string;
  let modelsOf: string;

  beforeAll(async () => {
    const { stateDir, pipelinesDir } = await testSeededState();
    registryDir = await mkdtemp(path.join(tmpdir(), 'gauntlet-registry-'));
    await cp(stateDir, registryDir, { recursive: true });
    const pythonPath = await testPython();
    const port = { current: undefined as number | undefined };
    startRegistry = async () => {
      const known = port.current === undefined ? {} : { port: port.current };
      const server = await startMlflow({ stateDir: registryDir, log: () => undefined, pythonPath, ...known });
      port.current = Number(new URL(server.url).port);
      return server;
    };
    mlflow = await startRegistry();
    const env = { GAUNTLET_PIPELINES: pipelinesDir, MLFLOW_TRACKING_URI: mlflow.url };
    stack = await LiveStack.open({ seed: stateDir, env });
    view = stack.view();
    modelsOf = pipelinesDir;
    await stack.run('score', { pipeline, window: '2001-03-01' });
  }, slowMs);
  afterAll(async () => {
    await stack.close();
    await mlflow.stop();
    await rm(registryDir, { recursive: true, force: true });
  }, slowMs);

  async function failureOf(type: WorkflowType, input: unknown): Promise<CommandError> {
    const failed: unknown = await stack.run(type, input).then(
      (result) => new Error(`it did not fail: ${JSON.stringify(result)}`),
      (error: unknown) => error,
    );
    return toCommandError(failed);
  }

  it.each(badStarts)('%s fails the run with one clear error', async (_, { type, input, failure, problems }) => {
    const before = await view.standing(pipeline);
    const error = await failureOf(type, input);
    expect(error.type).toBe(failure);
    expect(error.problems).toEqual(expect.arrayContaining([...problems]));
    expect(error.problems).toHaveLength(problems.length);
    expect(error.example).toContain('{"pipeline":');
    expect(await view.standing(pipeline)).toEqual(before);
  });

  const model = (name: ScriptedModel): object => leaves(modelsOf, pipeline, name);

  it.each(badTrainers)(
    'a trainer whose program or model %s fails the run and changes nothing',
    async (_, failure, problem, given) => {
      const before = await view.standing(pipeline);
      const versions = (await view.ledger(pipeline)).models.size;
      const params = 'model' in given ? model(given.model) : given;
      const error = await failureOf('retrain', { pipeline, params, promote: false });
      expect(error.type).toBe(failure);
      expect(error.problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(error.problems)).toMatch(problem);
      expect(await view.standing(pipeline)).toEqual(before);
      expect((await view.ledger(pipeline)).models.size).toBe(versions);
      expect(await aliasVersion(mlflow.url, pipeline)).toBe('1');
    },
  );

  it('a trainer that exits with an error has its last words in the message', async () => {
    const error = await failureOf('retrain', { pipeline, params: { behaviour: 'exits' }, promote: false });
    expect(error.message).toContain('the licence has expired');
  });

  describe('while MLflow is down', () => {
    let registration: WorkflowHandle;

    beforeAll(async () => {
      await stack.promote({ pipeline: undone });
      await stack.run('score', { pipeline: undone, window: '2001-03-01' });
      await mlflow.stop();
    }, slowMs);

    it('scoring goes on', async () => {
      const result = await stack.run<ScoreResult>('score', { pipeline, window: '2001-03-02' });
      expect(result.status).toBe('published');
    });

    it('a registration waits and says so on its card', async () => {
      registration = await stack.start('retrain', { pipeline, params: model('v3'), promote: false });
      const status = await pausedAt(registration, ({ waitingFor }) => waitingFor !== null);
      expect(status.waitingFor).toContain('model registry');
      expect(await cardOf(registration)).toMatch(
        /Waits for:\*\* the model registry[\s\S]*registration waits: MLflow at http.* does not answer/,
      );
    });

    it('a rollback restores the champion and replaces what was served, and leaves the alias for later', async () => {
      const result = await stack.run<RollbackResult>('rollback', { pipeline: undone, reason: 'complaints' });
      const { champion, pendingProjection } = await view.ledger(undone);
      const { files } = await view.table(undone);
      expect(result).toMatchObject({ status: 'rolled-back', windows: ['2001-03-01'] });
      expect(result.alias).toContain('pending');
      expect(champion).toEqual(result.to);
      expect(pendingProjection).not.toBeNull();
      expect(files.map((file) => file.modelDigest)).toEqual([result.to.modelDigest]);
    });

    it('the registration finishes by itself when MLflow is back, and a monitor run sets the alias', async () => {
      mlflow = await startRegistry();
      expect(await aliasVersion(mlflow.url, undone)).toBe('2');
      const trained = (await registration.result()) as RetrainResult;
      expect(trained).toMatchObject({ status: 'trained', model: { version: '3' } });
      await stack.run('monitor', { pipeline: undone });
      expect(await aliasVersion(mlflow.url, undone)).toBe('1');
      for (const name of [pipeline, undone]) expect(await view.problems(name)).toEqual([]);
    });
  });
});

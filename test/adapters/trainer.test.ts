import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { TrainingJob } from '../../activities/ports/trainer.js';
import { createTrainer } from '../../adapters/trainer/trainer.js';
import type { TrainerProgress } from '../../contracts/trainer.js';
import { runPython, testPython, trainerFeatures, writeTrainerRows } from '../support/trainer-data.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-trainer-'));
  await writeTrainerRows(path.join(folder, 'train.parquet'), 0, 3000);
  await writeTrainerRows(path.join(folder, 'validation.parquet'), 3000, 4000);
  await mkdir(path.join(folder, 'models'));
  await runPython([path.resolve('test/trainers/tiny_models.py'), path.join(folder, 'models')]);
  await writeFile(path.join(folder, 'models', 'torn.onnx'), Buffer.from([8, 8, 18, 255, 1, 2, 3]));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const goodReport = {
  metrics: { auc: 0.7 },
  importance: { distance: 1 },
  libraryVersions: { node: process.version },
  rows: { train: 3000, validation: 1000 },
};

describe('a trainer that keeps the contract', () => {
  it('gives its report and the path of its model, and its progress on the way', async () => {
    const progress: TrainerProgress[] = [];
    const trained = await train(
      `console.log('loading …'); console.error('a note'); console.log('{"step":"train"}');
       console.log('{"step":"train","done":40,"total":150,"metrics":{"auc":0.7}}');
       finish('good')`,
      { onProgress: (step) => progress.push(step) },
    );
    expect(trained).toMatchObject(goodReport);
    expect(progress).toEqual([{ step: 'train', done: 40, total: 150, metrics: { auc: 0.7 } }]);
    const log = (await readFile(trained.logPath, 'utf8')).trim().split('\n').sort();
    expect(log).toEqual(['a note', 'loading …', '{"step":"train"}'].sort());
  });

  it('is the shipped one, with python resolved to the tool chain', async () => {
    const trainer = createTrainer({
      cwd: process.cwd(),
      resolveCommand: (word) => (word === 'python' ? testPython() : word),
    });
    const steps = new Set<string>();
    const trained = await trainer.train({
      ...job(['python', 'trainers/lightgbm/train.py']),
      request: { ...job([]).request, features: trainerFeatures, categorical: ['origin'], params: { trees: 5 } },
      onProgress: ({ step }) => steps.add(step),
    });
    expect(trained.metrics['auc']).toBeGreaterThan(0.6);
    expect([...steps]).toEqual(['load', 'train', 'convert', 'verify']);
  });

  it('does not see the credentials of the worker', async () => {
    process.env['MLFLOW_TRACKING_PASSWORD'] = 'secret';
    const trained = await train(`console.log(JSON.stringify(Object.keys(process.env))); finish('good')`);
    const names = JSON.parse(await readFile(trained.logPath, 'utf8')) as string[];
    expect(names).toContain('GAUNTLET_PARENT_PID');
    expect(names).not.toContain('MLFLOW_TRACKING_PASSWORD');
  });

  it('finds its checkpoint again but no output of an earlier attempt', async () => {
    const workDir = newWorkDir();
    await train(`writeFileSync(request.checkpointDir + '/trees', '40'); finish('good')`, { workDir });
    const again = train(`console.error(readFileSync(request.checkpointDir + '/trees', 'utf8'))`, { workDir });
    await expect(again).rejects.toMatchObject({ type: 'TRAINER_NO_MODEL' });
    expect(await readFile(path.join(workDir, 'trainer.log'), 'utf8')).toBe('40\n');
  });
});

describe('a trainer that fails', () => {
  it('is TRAINER_FAILED with its exit code and the last 20 lines of standard error', async () => {
    const failed = train(`for (let i = 1; i <= 30; i++) console.error('line ' + i + '.'); process.exit(3)`);
    await expect(failed).rejects.toMatchObject({ type: 'TRAINER_FAILED' });
    const message = await failed.catch(String);
    expect(message).toContain('exit code 3');
    expect(message).toContain('line 11.');
    expect(message).toContain('line 30.');
    expect(message).not.toContain('line 10.');
  });

  it('is TRAINER_FAILED when the program is not there', async () => {
    const failed = createTrainer({ cwd: folder }).train(job(['no-such-trainer']));
    await expect(failed).rejects.toThrow(/could not be started: .*ENOENT/);
  });

  it('is transient when something outside ended it', async () => {
    const ended = train(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`);
    await expect(ended).rejects.toThrow('ended from outside by SIGKILL');
    await expect(ended).rejects.not.toHaveProperty('type');
  });

  it('is TRAINER_TIMEOUT when it hangs, even when it ignores SIGTERM', async () => {
    const hung = train(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`, { timeoutMs: 300, graceMs: 50 });
    await expect(hung).rejects.toMatchObject({ type: 'TRAINER_TIMEOUT' });
  });

  it.each([
    ['torn', 'a model that ONNX Runtime loads'],
    ['three-columns', 'found x float32[N, 3], expected exactly one float32 input [N, 2]'],
    ['double', 'found x float64[N, 2], expected exactly one float32 input [N, 2]'],
    ['fixed-rows', 'found x float32[1, 2], expected exactly one float32 input [N, 2]'],
    ['two-outputs', 'expected exactly one float32 output [N] or [N, 1]'],
    ['one-score-for-all', 'expected one score for each of 256 rows'],
    ['nan', 'found NaN among 256 bad scores of 256 validation rows, expected probabilities from 0 to 1'],
    ['not-a-probability', 'expected probabilities from 0 to 1'],
  ])('is TRAINER_BAD_MODEL when it leaves a model that is %s', async (model, problem) => {
    const failed = train(`finish('${model}')`);
    await expect(failed).rejects.toMatchObject({ type: 'TRAINER_BAD_MODEL' });
    await expect(failed).rejects.toThrow(problem);
  });

  it.each([
    ['nothing', `''`, 'valid JSON'],
    ['NaN', `'{"metrics":{"auc":NaN}}'`, 'valid JSON (which has no NaN'],
    ['missing fields', `'{"metrics":{"auc":"high"}}'`, 'metrics.auc: found "high"'],
    ['an unknown feature', `JSON.stringify({ ...report, importance: { tail: 1 } })`, 'importance.tail'],
  ])('is TRAINER_BAD_REPORT when its report holds %s', async (_what, text, problem) => {
    const failed = train(`finish('good'); writeFileSync(request.outputDir + '/report.json', ${text})`);
    await expect(failed).rejects.toMatchObject({ type: 'TRAINER_BAD_REPORT' });
    await expect(failed).rejects.toThrow(problem);
  });

  it('is never started on a request that breaks the contract', async () => {
    const broken = { ...job([process.execPath]), request: { ...job([]).request, features: ['late'], seed: -1 } };
    const failed = createTrainer({ cwd: folder }).train(broken);
    await expect(failed).rejects.toMatchObject({ type: 'INVALID_DEFINITION' });
    await expect(failed).rejects.toThrow(/seed: found -1[^]*features\.0: found "late", expected not the label/);
  });
});

function newWorkDir(): string {
  runs += 1;
  return path.join(folder, `run-${String(runs)}`);
}

function job(command: readonly string[]): TrainingJob {
  return {
    command,
    request: {
      trainParquet: [path.join(folder, 'train.parquet')],
      validationParquet: [path.join(folder, 'validation.parquet')],
      features: ['distance', 'delay_share'],
      categorical: [],
      label: 'late',
      kind: 'binary',
      params: {},
      seed: 7,
    },
    workDir: newWorkDir(),
    timeoutMs: 60_000,
  };
}

const trainerPrelude = `
  import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
  const request = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const report = ${JSON.stringify(goodReport)};
  const finish = (model) => {
    copyFileSync(process.env.MODELS + '/' + model + '.onnx', request.outputDir + '/model.onnx');
    writeFileSync(request.outputDir + '/report.json', JSON.stringify(report));
  };`;

/** Runs a JavaScript body as the trainer; in it `request`, `report` and `finish(model)` are at hand. */
async function train(body: string, changes: Partial<TrainingJob> = {}) {
  const program = path.join(folder, `trainer-${String(runs)}.mjs`);
  await writeFile(program, `${trainerPrelude}\n${body}\n`);
  const trainer = createTrainer({ cwd: folder, env: { MODELS: path.join(folder, 'models') } });
  return trainer.train({ ...job([process.execPath, program]), ...changes });
}

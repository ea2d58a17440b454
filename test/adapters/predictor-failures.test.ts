import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ScoreRequest, ScoringModel } from '../../activities/ports/scorer.js';
import { builtEntry } from '../../adapters/built-entry.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { writeBundle } from '../support/model-bundles.js';
import {
  endlessModel,
  forgetfulModel,
  hungryModel,
  logisticModel,
  slowModel,
  squareRootModel,
  twoHeadedModel,
} from '../support/onnx-models.js';
import {
  scoreRequest,
  scratchFolder,
  testFeatures,
  testRows,
  writeSnapshot,
  type TestSnapshot,
} from '../support/scoring.js';

const NANOS_PER_MS = 1e6;
const numeric = testFeatures.slice(0, 2);
const scorer = createScorer();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let snapshot: TestSnapshot;

const output = (name: string) => path.join(scratch.folder, `${name}.parquet`);

beforeAll(async () => {
  scratch = await scratchFolder();
  snapshot = await writeSnapshot(scratch.folder, testRows(100));
});

afterAll(() => scratch.remove());

async function bundleOf(name: string, model: Uint8Array): Promise<Extract<ScoringModel, { kind: 'onnx' }>> {
  const bundle = await writeBundle(path.join(scratch.folder, name), { model, features: numeric });
  return { kind: 'onnx', ...bundle };
}

/** Scores with one model and returns what it failed with. */
async function failureOf(model: ScoringModel, name: string, rest: Partial<ScoreRequest> = {}) {
  const scoring = scorer.score(scoreRequest(snapshot, { models: [model], outputPath: output(name), ...rest }));
  return scoring.then(
    () => {
      throw new Error('scoring succeeded');
    },
    (error: unknown) => error,
  );
}

const typed = (type: string, text: string | RegExp) =>
  expect.objectContaining({ type, message: expect.stringMatching(text) as string }) as PermanentFailure;

describe('a model that cannot be used', () => {
  it('with another number of inputs names both shapes', async () => {
    const model = await bundleOf('wide', logisticModel([1, 2, 3], 0));
    expect(await failureOf(model, 'wide')).toEqual(
      typed('MODEL_SIGNATURE_MISMATCH', /found x: float32 \[N, 3\], expected one float32 tensor \[N, 2\]/),
    );
    expect(existsSync(output('wide'))).toBe(false);
  });

  it('with wrong types and several outputs has every problem listed at once', async () => {
    const failure = await failureOf(await bundleOf('two-headed', twoHeadedModel(2)), 'two-headed');
    expect(failure).toEqual(typed('MODEL_SIGNATURE_MISMATCH', /x: float64 \[N, 2\]/));
    expect(failure).toEqual(
      typed('MODEL_SIGNATURE_MISMATCH', /label: int64 \[N, 2\]; probabilities: float32 \[N, 2\], expected one float32/),
    );
  });

  it('that gives NaN is refused with the row it gave it for', async () => {
    const folder = path.join(scratch.folder, 'negative');
    await mkdir(folder);
    const rows = testRows(10).map((row, index) => ({ ...row, month: index === 6 ? -1 : 1 }));
    const negative = await writeSnapshot(folder, rows);
    const model = await bundleOf('square-root', squareRootModel(2));
    const scoring = scorer.score(scoreRequest(negative, { models: [model], outputPath: output('nan') }));
    await expect(scoring).rejects.toEqual(typed('MODEL_BAD_OUTPUT', /found NaN for row 7/));
    expect(existsSync(output('nan'))).toBe(false);
  });

  it('that gives another number of scores than rows is refused with both numbers', async () => {
    const model = await bundleOf('forgetful', forgetfulModel(2, 3));
    expect(await failureOf(model, 'forgetful')).toEqual(
      typed('MODEL_BAD_OUTPUT', /found 73 scores, expected 100 scores/),
    );
  });

  it('that is no ONNX file is corrupt', async () => {
    const model = await bundleOf('garbage', Buffer.from('not a model'));
    expect(await failureOf(model, 'garbage')).toEqual(typed('MODEL_CORRUPT', /model\.onnx/));
  });

  it('whose file changed after it was registered is corrupt, and the file is named', async () => {
    const model = await bundleOf('changed', logisticModel([1, 2], 0));
    await writeFile(path.join(model.bundlePath, 'model.onnx'), logisticModel([1, 3], 0));
    expect(await failureOf(model, 'changed')).toEqual(
      typed('MODEL_CORRUPT', /model\.onnx: found \d+ bytes with sha256/),
    );
  });

  it('that needs columns the snapshot does not have names them', async () => {
    const features = [{ name: 'altitude', kind: 'numeric' }] as const;
    const bundle = await writeBundle(path.join(scratch.folder, 'altitude'), { model: logisticModel([1], 0), features });
    const failure = await failureOf({ kind: 'onnx', ...bundle }, 'altitude');
    expect(failure).toEqual(typed('MODEL_SIGNATURE_MISMATCH', /found altitude, expected one of row_key/));
  });

  it('is told apart from a baseline that is not SQL over the columns', async () => {
    const baseline: ScoringModel = { kind: 'baseline', modelDigest: 'baseline', expression: 'altitude * 2' };
    expect(await failureOf(baseline, 'baseline')).toEqual(typed('INVALID_SQL', /altitude/));
  });

  it('is a baseline too that cannot compute a row: then there is none to stand in, and the data is not blamed', async () => {
    const column = numeric[0]?.name ?? '';
    const expression = `sqrt(-1 - abs("${column}"))`;
    const baseline: ScoringModel = { kind: 'baseline', modelDigest: 'baseline', expression };
    expect(await failureOf(baseline, 'uncomputable')).toEqual(typed('MODEL_BAD_OUTPUT', /square root of a negative/));
  });
});

describe('a model that does not come back', () => {
  it('is stopped at its time limit while this process stays responsive', async () => {
    const model = await bundleOf('endless', endlessModel(2));
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    const failure = await failureOf(model, 'endless', { timeoutMs: 4_000 });
    delay.disable();
    expect(failure).toEqual(typed('MODEL_TIMEOUT', /no result after 4000 ms/));
    // Not the longest: a busy machine may keep any process waiting now and then. A blocked loop has hardly any other.
    expect(delay.percentile(95) / NANOS_PER_MS).toBeLessThan(200);
    expect(delay.count).toBeGreaterThan(50);
    expect(existsSync(output('endless'))).toBe(false);
  });

  it('is stopped when it takes more memory than it may', async () => {
    const small = createScorer({ maxRssMb: 400 });
    const model = await bundleOf('hungry', hungryModel(2));
    const scoring = small.score(scoreRequest(snapshot, { models: [model], outputPath: output('hungry') }));
    await expect(scoring).rejects.toEqual(typed('MODEL_OUT_OF_MEMORY', /MiB resident, expected at most 400 MiB/));
    expect(existsSync(output('hungry'))).toBe(false);
  });

  it('is stopped by an abort, which keeps its reason', async () => {
    const model = await bundleOf('aborted', endlessModel(2));
    const controller = new AbortController();
    const reason = new Error('the activity was cancelled');
    const scoring = failureOf(model, 'aborted', { signal: controller.signal });
    await vi.waitFor(() => expect(existsSync(output('aborted'))).toBe(true), { timeout: 20_000 });
    controller.abort(reason);
    expect(await scoring).toBe(reason);
  });

  it('ends with an error that can be retried when its process is killed, and leaves no file', async () => {
    const model = await bundleOf('killed', endlessModel(2));
    const scoring = failureOf(model, 'killed');
    await vi.waitFor(() => expect(existsSync(output('killed'))).toBe(true), { timeout: 20_000 });
    for (const pid of await childrenOf(process.pid)) process.kill(pid, 'SIGKILL');
    const failure = await scoring;
    expect(failure).not.toBeInstanceOf(PermanentFailure);
    expect(String(failure)).toMatch(/ended by SIGKILL without a result/);
    expect(existsSync(output('killed'))).toBe(false);
  });

  it('does not outlive the process that started it', async () => {
    const model = await bundleOf('orphan', endlessModel(2));
    const request = scoreRequest(snapshot, { models: [model], outputPath: output('orphan') });
    const scorerUrl = pathToFileURL(builtEntry('adapters/predictor/scorer.ts')).href;
    const program = `const { createScorer } = await import(${JSON.stringify(scorerUrl)});
      await createScorer().score(${JSON.stringify(request)});`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    await vi.waitFor(() => expect(existsSync(output('orphan'))).toBe(true), { timeout: 20_000 });
    const [predictor] = await childrenOf(parent.pid ?? 0);
    expect(predictor).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(predictor ?? 0)).toBe(false), { timeout: 10_000 });
  });
});

describe('progress', () => {
  it('is told while rows are scored, in growing numbers that never pass the rows of the snapshot', async () => {
    const folder = path.join(scratch.folder, 'many');
    await mkdir(folder);
    const many = await writeSnapshot(folder, testRows(12_000));
    const model = await bundleOf('slow', slowModel(2, 60_000));
    const seen: { rowsDone: number; rows: number }[] = [];
    const onProgress = (progress: { rowsDone: number; rows: number }) => seen.push(progress);
    await scorer.score(scoreRequest(many, { models: [model], outputPath: output('slow'), onProgress }));
    expect(seen.length).toBeGreaterThan(0);
    const done = seen.map((progress) => progress.rowsDone);
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b));
    expect(Math.max(...done)).toBeLessThanOrEqual(12_000);
    expect(seen.every((progress) => progress.rows === 12_000)).toBe(true);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** A killed child that nobody has waited for yet is still listed, as a zombie. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

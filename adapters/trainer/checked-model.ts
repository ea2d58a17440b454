import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { builtEntry } from '../built-entry.js';
import type { ModelCheck } from './model-check.js';
import { runProcessGroup, type GroupOutcome } from './process-group.js';
import { trainerEnvironment } from './trainer-environment.js';

/** Loading and 256 rows take well under a second; a model that needs longer than this will not score millions of rows. */
const CHECK_TIMEOUT_MS = 120_000;

const problemsSchema = z.array(z.object({ field: z.string(), found: z.string(), expected: z.string() }));

/**
 * Tries the model in a process of its own, because a broken or endless one can take its process down with it.
 * Throws TRAINER_NO_MODEL or TRAINER_BAD_MODEL; rejects with the signal's reason when cancelled.
 */
export async function requireGoodModel(
  check: ModelCheck,
  workDir: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await stat(check.modelPath).catch(() => undefined);
  if (file?.isFile() !== true) {
    throw new PermanentFailure('TRAINER_NO_MODEL', 'The trainer ended well but left no model.', {
      problems: [{ field: 'model.onnx', found: 'no file', expected: 'an ONNX model in outputDir' }],
    });
  }
  const checkPath = path.join(workDir, 'model-check.json');
  await writeFile(checkPath, JSON.stringify(check));
  const stdout: string[] = [];
  const stderr: string[] = [];
  const outcome = await runProcessGroup({
    command: [process.execPath, builtEntry('adapters/trainer/model-check-process.ts'), checkPath],
    cwd: process.cwd(),
    env: trainerEnvironment(process.env, {}),
    timeoutMs: CHECK_TIMEOUT_MS,
    graceMs: 0,
    signal,
    onStdoutLine: (line) => stdout.push(line),
    onStderrLine: (line) => stderr.push(line),
  });
  signal?.throwIfAborted();
  const problems = readProblems(outcome, stdout, stderr);
  if (problems.length > 0) {
    throw new PermanentFailure('TRAINER_BAD_MODEL', 'The trainer left a model that cannot be used.', { problems });
  }
}

function readProblems(outcome: GroupOutcome, stdout: readonly string[], stderr: readonly string[]): readonly Problem[] {
  if (outcome.status === 'exited' && outcome.code === 0) return problemsSchema.parse(JSON.parse(stdout.join('')));
  // A check that fails as a program (a missing file, no memory) says nothing about the model: worth another try.
  if (outcome.status === 'exited' || outcome.status === 'not-started') {
    throw new Error(`The model could not be checked: ${stderr.slice(-5).join(' | ')}`);
  }
  const found =
    outcome.status === 'signalled'
      ? `the process ended by ${outcome.signal}`
      : `nothing after ${String(CHECK_TIMEOUT_MS)} ms`;
  return [{ field: 'model.onnx', found, expected: 'a model that loads and scores 256 rows' }];
}

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';

import type { TrainingJob } from '../../activities/ports/trainer.js';
import { trainerReportSchema, trainerRequestSchema, type TrainerReport } from '../../contracts/trainer.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

/** A report is a few numbers for each feature; anything larger is a mistake. */
const LARGEST_REPORT_BYTES = 4 * 1024 * 1024;

const REPORT_EXAMPLE =
  '{"metrics":{"auc":0.71},"importance":{"distance":0.4},"libraryVersions":{"lightgbm":"4.7.0"},"rows":{"train":500000,"validation":100000}}';

export interface TrainerFiles {
  readonly requestPath: string;
  readonly modelPath: string;
  readonly reportPath: string;
  readonly logPath: string;
}

/** Writes the request beside an empty output folder, so nothing of an earlier attempt can pass for this one's result. */
export async function writeTrainerRequest(job: TrainingJob): Promise<TrainerFiles> {
  const outputDir = path.join(job.workDir, 'output');
  const checkpointDir = path.join(job.workDir, 'checkpoint');
  const request = trainerRequestSchema.safeParse({ schemaVersion: 1, ...job.request, outputDir, checkpointDir });
  if (!request.success) {
    throw new PermanentFailure('INVALID_DEFINITION', 'The training request breaks the trainer contract.', {
      problems: toProblems(request.error, job.request),
    });
  }
  await rm(outputDir, { recursive: true, force: true });
  await mkdir(outputDir, { recursive: true });
  await mkdir(checkpointDir, { recursive: true });
  const requestPath = path.join(job.workDir, 'request.json');
  await writeFile(requestPath, `${JSON.stringify(request.data, null, 2)}\n`);
  return {
    requestPath,
    modelPath: path.join(outputDir, 'model.onnx'),
    reportPath: path.join(outputDir, 'report.json'),
    logPath: path.join(job.workDir, 'trainer.log'),
  };
}

/** Throws TRAINER_BAD_REPORT with every problem of the file. */
export async function readTrainerReport(file: string, features: readonly string[]): Promise<TrainerReport> {
  const json = parseJson(await readReportText(file));
  const report = trainerReportSchema.safeParse(json);
  if (!report.success) throw badReport(toProblems(report.error, json));
  const strangers = Object.keys(report.data.importance).filter((name) => !features.includes(name));
  if (strangers.length > 0) {
    const expected = `only features of the request (${features.join(', ')})`;
    throw badReport(strangers.map((name) => ({ field: `importance.${name}`, found: 'an unknown feature', expected })));
  }
  return report.data;
}

async function readReportText(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw badReport([{ field: 'report.json', found: 'no file', expected: 'a JSON file in outputDir' }]);
  }
  if (found.size > LARGEST_REPORT_BYTES) {
    const expected = `at most ${String(LARGEST_REPORT_BYTES)} bytes`;
    throw badReport([{ field: 'report.json', found: `${String(found.size)} bytes`, expected }]);
  }
  return readFile(file, 'utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw badReport([{ field: 'report.json', found, expected: 'valid JSON (which has no NaN and no Infinity)' }]);
  }
}

function badReport(problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('TRAINER_BAD_REPORT', 'The trainer left a report that cannot be used.', {
    problems,
    example: REPORT_EXAMPLE,
  });
}

function toProblems(error: z.ZodError, value: unknown): Problem[] {
  return error.issues.map((issue) => ({
    field: issue.path.map(String).join('.') || 'the whole object',
    found: render(issue.path.reduce<unknown>(step, value)),
    expected: issue.message,
  }));
}

function step(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

function render(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);
}

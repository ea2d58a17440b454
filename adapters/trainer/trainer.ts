import type { TrainedModel, Trainer, TrainingJob } from '../../activities/ports/trainer.js';
import { trainerProgressSchema, type TrainerProgress } from '../../contracts/trainer.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { requireGoodModel } from './checked-model.js';
import { runProcessGroup, type GroupOutcome } from './process-group.js';
import { trainerEnvironment } from './trainer-environment.js';
import { readTrainerReport, writeTrainerRequest, type TrainerFiles } from './trainer-files.js';
import { openTrainerLog, type TrainerLog } from './trainer-log.js';

/** Long enough for a trainer to write a checkpoint on its way out. */
const DEFAULT_GRACE_MS = 10_000;

export interface TrainerOptions {
  /** Folder that relative paths in a command start from. */
  readonly cwd: string;
  /** Turns the first word of a command into a program, such as `python` into the tool chain's Python. */
  readonly resolveCommand?: (program: string) => string | Promise<string>;
  /** Variables a trainer gets besides the few that are always passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs training programs as supervised process groups and trusts nothing they leave until it was checked. */
export function createTrainer(options: TrainerOptions): Trainer {
  return { train: (job) => train(options, job) };
}

async function train(options: TrainerOptions, job: TrainingJob): Promise<TrainedModel> {
  const files = await writeTrainerRequest(job);
  const log = openTrainerLog(files.logPath);
  try {
    requireExitZero(await runTrainer(options, job, files, log), job, log);
  } finally {
    await log.close();
  }
  const { features, kind, validationParquet } = job.request;
  const check = { modelPath: files.modelPath, features, kind, validationParquet };
  await requireGoodModel(check, job.workDir, job.signal);
  const report = await readTrainerReport(files.reportPath, features);
  return { ...report, modelPath: files.modelPath, logPath: files.logPath };
}

async function runTrainer(
  options: TrainerOptions,
  job: TrainingJob,
  files: TrainerFiles,
  log: TrainerLog,
): Promise<GroupOutcome> {
  const [program, ...args] = job.command;
  if (program === undefined) {
    throw new PermanentFailure('INVALID_DEFINITION', 'The pipeline has no training command.', {
      problems: [{ field: 'training.command', found: '[]', expected: 'a program and its arguments' }],
      example: '["python","trainers/lightgbm/train.py"]',
    });
  }
  const resolved = (await options.resolveCommand?.(program)) ?? program;
  return runProcessGroup({
    command: [resolved, ...args, files.requestPath],
    cwd: options.cwd,
    env: trainerEnvironment(process.env, options.env ?? {}),
    timeoutMs: job.timeoutMs,
    graceMs: job.graceMs ?? DEFAULT_GRACE_MS,
    signal: job.signal,
    onStdoutLine: (line) => {
      const progress = parseProgress(line);
      if (progress === undefined) log.write(line);
      else job.onProgress?.(progress);
    },
    onStderrLine: (line) => log.writeError(line),
  });
}

/** Undefined for anything that is not progress: libraries print what they like to standard output. */
function parseProgress(line: string): TrainerProgress | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return trainerProgressSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function requireExitZero(outcome: GroupOutcome, job: TrainingJob, log: TrainerLog): void {
  switch (outcome.status) {
    case 'exited':
      if (outcome.code !== 0) throw trainerFailed(`exit code ${String(outcome.code)}`, job, log);
      return;
    case 'not-started':
      throw trainerFailed(`could not be started: ${outcome.cause.message}`, job, log);
    case 'timed-out':
      throw new PermanentFailure('TRAINER_TIMEOUT', withLastLines('The trainer took too long and was stopped.', log), {
        problems: [
          {
            field: 'training.timeoutMs',
            found: `still running after ${String(job.timeoutMs)} ms`,
            expected: 'an end before that',
          },
        ],
      });
    case 'cancelled':
      job.signal?.throwIfAborted();
      throw new Error('The trainer was stopped.');
    case 'signalled':
      // Nobody here sent it: the machine was short of memory or somebody ended it by hand. Another try may succeed.
      throw new Error(withLastLines(`The trainer was ended from outside by ${outcome.signal}.`, log));
  }
}

function trainerFailed(found: string, job: TrainingJob, log: TrainerLog): PermanentFailure {
  return new PermanentFailure('TRAINER_FAILED', withLastLines('The trainer failed.', log), {
    problems: [{ field: `training.command ${job.command.join(' ')}`, found, expected: 'exit code 0' }],
  });
}

function withLastLines(message: string, log: TrainerLog): string {
  const lines = log.lastErrorLines();
  return lines.length === 0
    ? message
    : `${message} Its last lines were:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}

import type { TrainerProgress, TrainerReport, TrainerRequest } from '../../contracts/trainer.js';

/** What the pipeline decides; version and folders of the request file are the adapter's. */
export type TrainingRequest = Omit<TrainerRequest, 'schemaVersion' | 'outputDir' | 'checkpointDir'>;

export interface TrainingJob {
  /** The program and its arguments; the path of the request file is appended. */
  readonly command: readonly string[];
  readonly request: TrainingRequest;
  /** Absolute path of a local folder of this run's own. Its `output` is emptied first; `checkpoint` is kept for a retry. */
  readonly workDir: string;
  /** Cancels the run: the whole process group ends, and `train` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainerProgress) => void;
  /** Wall time the trainer may take. */
  readonly timeoutMs: number;
  /** Time between SIGTERM and SIGKILL; 10 seconds when left out. */
  readonly graceMs?: number;
}

export type TrainedModel = TrainerReport & {
  /** Absolute path of a model that loads, has the right signature and gives finite scores. */
  readonly modelPath: string;
  /** Absolute path of what the trainer wrote to its standard streams, cut at a bound. */
  readonly logPath: string;
};

/** Runs a training program of any language under the trainer contract (trainers/README.md). */
export interface Trainer {
  /**
   * Permanent failures: INVALID_DEFINITION (the request breaks the contract), TRAINER_FAILED, TRAINER_TIMEOUT,
   * TRAINER_NO_MODEL, TRAINER_BAD_MODEL, TRAINER_BAD_REPORT. A trainer ended by a signal from outside is transient.
   */
  train(job: TrainingJob): Promise<TrainedModel>;
}

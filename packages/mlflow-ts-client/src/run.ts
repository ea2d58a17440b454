import { z } from 'zod';
import { double, keyValues, whole } from './answers.js';

export const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof runStatuses)[number];

export interface MetricPoint {
  readonly value: number;
  readonly timestampMs: number;
  readonly step: number;
}

export interface Run {
  readonly runId: string;
  readonly runName: string;
  readonly experimentId: string;
  readonly status: RunStatus;
  readonly startTimeMs: number;
  /** Null while it runs. */
  readonly endTimeMs: number | null;
  readonly artifactUri: string;
  readonly lifecycleStage: string;
  /** Latest point of each metric. */
  readonly metrics: Readonly<Record<string, MetricPoint>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly RunDataset[];
  readonly modelIds: readonly string[];
}

export interface RunDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

const metrics = z
  .array(z.object({ key: z.string(), value: double, timestamp: whole, step: whole.default(0) }))
  .default([])
  .transform((points): Readonly<Record<string, MetricPoint>> => {
    const entries = points.map(({ key, value, timestamp, step }) => [key, { value, timestampMs: timestamp, step }]);
    return Object.fromEntries(entries) as Record<string, MetricPoint>;
  });

const datasetInput = z
  .object({
    tags: keyValues,
    dataset: z.object({
      name: z.string(),
      digest: z.string(),
      source_type: z.string().default(''),
      source: z.string().default(''),
      schema: z.string().nullable().default(null),
      profile: z.string().nullable().default(null),
    }),
  })
  .transform(({ tags, dataset: { source_type: sourceType, ...dataset } }): RunDataset => {
    return { ...dataset, sourceType, tags };
  });

/** The `run` of MLflow's answers, as a `Run`. */
export const runAnswer = z
  .object({
    info: z.object({
      run_id: z.string(),
      run_name: z.string().default(''),
      experiment_id: z.string(),
      status: z.enum(runStatuses),
      start_time: whole.default(0),
      end_time: whole.nullable().default(null),
      artifact_uri: z.string().default(''),
      lifecycle_stage: z.string().default('active'),
    }),
    data: z.object({ metrics, params: keyValues, tags: keyValues }).prefault({}),
    inputs: z.object({ dataset_inputs: z.array(datasetInput).default([]) }).prefault({}),
    outputs: z.object({ model_outputs: z.array(z.object({ model_id: z.string() })).default([]) }).prefault({}),
  })
  .transform(({ info, data, inputs, outputs }): Run => ({
    runId: info.run_id,
    runName: info.run_name,
    experimentId: info.experiment_id,
    status: info.status,
    startTimeMs: info.start_time,
    endTimeMs: info.end_time,
    artifactUri: info.artifact_uri,
    lifecycleStage: info.lifecycle_stage,
    ...data,
    datasets: inputs.dataset_inputs,
    modelIds: outputs.model_outputs.map((output) => output.model_id),
  }));

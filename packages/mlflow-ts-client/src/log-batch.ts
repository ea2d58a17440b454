import { toKeyValues } from './answers.js';
import { refuseProblems } from './errors.js';
import { limits, metricProblems, paramProblems, tagProblems } from './limits.js';

export interface MetricInput {
  readonly key: string;
  /** Finite or NaN. */
  readonly value: number;
  /** Milliseconds since 1970, fixed by the caller: the same point sent twice is stored once. */
  readonly timestampMs: number;
  readonly step?: number | undefined;
  /** Also shows the metric on this logged model's page. */
  readonly modelId?: string | undefined;
  /** Ties the metric to a dataset; together with `datasetDigest`. */
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
}

export interface BatchInput {
  readonly metrics?: readonly MetricInput[] | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

type BatchKind = 'metrics' | 'params' | 'tags';
export type BatchChunk = Record<BatchKind, unknown[]>;

const maxPerKind: Readonly<Record<BatchKind, number>> = {
  metrics: limits.batchMetrics,
  params: limits.batchParams,
  tags: limits.batchTags,
};

/** Room for the run id and the frame of the request, in bytes. */
const frameBytes = 1000;

export function checkBatch(batch: BatchInput): void {
  refuseProblems('the batch', [
    ...(batch.metrics ?? []).flatMap((metric) => metricProblems(metric.key, metric.value, metric.timestampMs)),
    ...paramProblems(batch.params ?? {}),
    ...tagProblems(batch.tags ?? {}, limits.runTagValueLength),
  ]);
}

/** Cuts a batch into requests that keep MLflow's limits on counts and bytes, in the order given. */
export function chunkBatch(batch: BatchInput): BatchChunk[] {
  const items: { kind: BatchKind; value: unknown }[] = [
    ...toKeyValues(batch.params).map((value) => ({ kind: 'params' as const, value })),
    ...(batch.metrics ?? []).map((metric) => ({ kind: 'metrics' as const, value: toMetricBody(metric) })),
    ...toKeyValues(batch.tags).map((value) => ({ kind: 'tags' as const, value })),
  ];
  const chunks: BatchChunk[] = [];
  let current: BatchChunk | null = null;
  let count = 0;
  let bytes = 0;
  for (const { kind, value } of items) {
    const size = Buffer.byteLength(JSON.stringify(value)) + 1;
    const isFull =
      current === null ||
      current[kind].length >= maxPerKind[kind] ||
      count >= limits.batchItems ||
      bytes + size > limits.batchBytes;
    if (current === null || isFull) {
      current = { metrics: [], params: [], tags: [] };
      chunks.push(current);
      count = 0;
      bytes = frameBytes;
    }
    current[kind].push(value);
    count += 1;
    bytes += size;
  }
  return chunks;
}

function toMetricBody(metric: MetricInput): unknown {
  return {
    key: metric.key,
    value: Number.isNaN(metric.value) ? 'NaN' : metric.value,
    timestamp: metric.timestampMs,
    step: metric.step ?? 0,
    model_id: metric.modelId,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
  };
}

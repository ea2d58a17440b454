import { z } from 'zod';
import { nothing, pageToken, toKeyValues } from './answers.js';
import { MlflowError, refuseProblems } from './errors.js';
import { tagEquals } from './filters.js';
import { datasetProblems, toDatasetBody, type DatasetInput } from './dataset-input.js';
import { limits, tagProblems } from './limits.js';
import { chunkBatch, checkBatch, type BatchInput } from './log-batch.js';
import { type Page } from './pages.js';
import { runAnswer, runStatuses, type Run, type RunStatus } from './run.js';
import type { CallOptions, Transport } from './transport.js';

export interface CreateRun {
  readonly experimentId: string;
  /** Milliseconds since 1970. MLflow would store 0 when it is missing, so it is required. */
  readonly startTimeMs: number;
  readonly runName?: string | undefined;
  readonly userId?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface UpdateRun {
  readonly runId: string;
  readonly status?: RunStatus | undefined;
  readonly endTimeMs?: number | undefined;
  readonly runName?: string | undefined;
}

export interface SearchRuns {
  readonly experimentIds: readonly string[];
  /** MLflow's filter language: AND only; build values with `quoteFilterValue`. */
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface RunsApi {
  /** Every call creates another run; use `createOnce` where the call may be repeated. */
  create(input: CreateRun, call?: CallOptions): Promise<Run>;
  /**
   * Creates a run tagged with `key`, or returns the oldest active one that has the tag. Two calls at the same instant
   * may each create one; later calls agree on the oldest.
   */
  createOnce(key: string, input: CreateRun, call?: CallOptions): Promise<Run>;
  get(runId: string, call?: CallOptions): Promise<Run>;
  update(input: UpdateRun, call?: CallOptions): Promise<void>;
  search(input: SearchRuns, call?: CallOptions): Promise<Page<Run>>;
  /** Splits what exceeds one request. Repeating the same input is safe: metric timestamps come from the caller. */
  logBatch(runId: string, batch: BatchInput, call?: CallOptions): Promise<void>;
  setTag(runId: string, key: string, value: string, call?: CallOptions): Promise<void>;
  /** Records which datasets went in. Repeating is safe. */
  logInputs(runId: string, datasets: readonly DatasetInput[], call?: CallOptions): Promise<void>;
  /** Records which logged models came out. A repeat, which MLflow answers with a database error, counts as done. */
  logOutputs(runId: string, models: readonly { modelId: string; step: number }[], call?: CallOptions): Promise<void>;
}

const oneRun = z.object({ run: runAnswer });
const runPage = z.object({ runs: z.array(runAnswer).default([]), next_page_token: pageToken });

export function createRunsApi(transport: Transport, keyTag: string): RunsApi {
  const post = (path: string, body: unknown, call: CallOptions | undefined): Promise<void> =>
    transport.json({ ...call, method: 'POST', path: `runs/${path}`, body, answer: nothing });

  const create: RunsApi['create'] = async (input, call) => {
    checkCreate(input);
    const body = {
      experiment_id: input.experimentId,
      start_time: input.startTimeMs,
      run_name: input.runName,
      user_id: input.userId,
      tags: toKeyValues(input.tags),
    };
    return (await transport.json({ ...call, method: 'POST', path: 'runs/create', body, answer: oneRun })).run;
  };

  const search: RunsApi['search'] = async (input, call) => {
    const body = {
      experiment_ids: input.experimentIds,
      filter: input.filter,
      order_by: input.orderBy,
      max_results: input.maxResults ?? 1000,
      page_token: input.pageToken,
    };
    const answer = await transport.json({ ...call, method: 'POST', path: 'runs/search', body, answer: runPage });
    return { items: answer.runs, nextPageToken: answer.next_page_token };
  };

  return {
    create,
    search,
    createOnce: async (key, input, call) => {
      const query: SearchRuns = {
        experimentIds: [input.experimentId],
        filter: tagEquals(keyTag, key),
        orderBy: ['attributes.start_time ASC', 'attributes.run_id ASC'],
        maxResults: 1,
      };
      const existing = (await search(query, call)).items[0];
      if (existing !== undefined) return existing;
      const created = await create({ ...input, tags: { ...input.tags, [keyTag]: key } }, call);
      return (await search(query, call)).items[0] ?? created;
    },
    get: async (runId, call) => {
      const query = { run_id: runId };
      return (await transport.json({ ...call, method: 'GET', path: 'runs/get', query, answer: oneRun })).run;
    },
    update: async (input, call) => {
      const isKnown = input.status === undefined || runStatuses.includes(input.status);
      refuseProblems(
        `the update of run ${input.runId}`,
        isKnown ? [] : [`status ${input.status} is not one of ${runStatuses.join(', ')}`],
      );
      const { runId, status, endTimeMs, runName } = input;
      await post('update', { run_id: runId, status, end_time: endTimeMs, run_name: runName }, call);
    },
    logBatch: async (runId, batch, call) => {
      checkBatch(batch);
      for (const chunk of chunkBatch(batch)) await post('log-batch', { run_id: runId, ...chunk }, call);
    },
    setTag: async (runId, key, value, call) => {
      refuseProblems(`the tag of run ${runId}`, tagProblems({ [key]: value }, limits.runTagValueLength));
      await post('set-tag', { run_id: runId, key, value }, call);
    },
    logInputs: async (runId, datasets, call) => {
      refuseProblems(`the datasets of run ${runId}`, datasets.flatMap(datasetProblems));
      await post('log-inputs', { run_id: runId, datasets: datasets.map(toDatasetBody) }, call);
    },
    logOutputs: async (runId, models, call) => {
      const body = { run_id: runId, models: models.map(({ modelId, step }) => ({ model_id: modelId, step })) };
      try {
        await post('outputs', body, call);
      } catch (error) {
        if (error instanceof MlflowError && /UNIQUE constraint failed: inputs|UniqueViolation/.test(error.message))
          return;
        throw error;
      }
    },
  };
}

function checkCreate(input: CreateRun): void {
  const { startTimeMs } = input;
  const isMs = Number.isSafeInteger(startTimeMs) && startTimeMs >= 1e11;
  refuseProblems('the run', [
    ...(isMs ? [] : [`startTimeMs is ${startTimeMs}, expected milliseconds since 1970`]),
    ...tagProblems(input.tags ?? {}, limits.runTagValueLength),
  ]);
}

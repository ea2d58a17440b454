import { z } from 'zod';
import { double, keyValues, nothing, pageToken, toKeyValues, whole } from './answers.js';
import { refuseProblems } from './errors.js';
import { tagEquals } from './filters.js';
import { checkLoggedModelName, limits, paramProblems, tagProblems } from './limits.js';
import type { Page } from './pages.js';
import type { CallOptions, Transport } from './transport.js';

export interface LoggedModel {
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  /** Root of the model's files; they are not under the run's artifacts. */
  readonly artifactUri: string;
  readonly status: string;
  readonly modelType: string;
  readonly sourceRunId: string | null;
  readonly createdAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: readonly LoggedModelMetric[];
}

export interface LoggedModelMetric {
  readonly key: string;
  readonly value: number;
  readonly runId: string | null;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

export interface CreateLoggedModel {
  readonly experimentId: string;
  readonly name: string;
  readonly sourceRunId?: string | undefined;
  readonly modelType?: string | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface SearchLoggedModels {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface LoggedModelsApi {
  /** Every call creates another one; use `createOnce` where the call may be repeated. */
  create(input: CreateLoggedModel, call?: CallOptions): Promise<LoggedModel>;
  /** Creates a logged model tagged with `key`, or returns the oldest one that has the tag. */
  createOnce(key: string, input: CreateLoggedModel, call?: CallOptions): Promise<LoggedModel>;
  get(modelId: string, call?: CallOptions): Promise<LoggedModel>;
  /** Declares the upload complete, or failed. Repeating is safe. */
  finalize(modelId: string, outcome: 'READY' | 'UPLOAD_FAILED', call?: CallOptions): Promise<LoggedModel>;
  setTags(modelId: string, tags: Readonly<Record<string, string>>, call?: CallOptions): Promise<void>;
  search(input: SearchLoggedModels, call?: CallOptions): Promise<Page<LoggedModel>>;
}

const metric = z
  .object({
    key: z.string(),
    value: double,
    run_id: z.string().nullable().default(null),
    dataset_name: z.string().nullable().default(null),
    dataset_digest: z.string().nullable().default(null),
  })
  .transform((found): LoggedModelMetric => ({
    key: found.key,
    value: found.value,
    runId: found.run_id,
    datasetName: found.dataset_name,
    datasetDigest: found.dataset_digest,
  }));

const model = z
  .object({
    info: z.object({
      model_id: z.string(),
      experiment_id: z.string(),
      name: z.string().default(''),
      artifact_uri: z.string(),
      status: z.string().default('LOGGED_MODEL_STATUS_UNSPECIFIED'),
      model_type: z.string().default(''),
      source_run_id: z.string().nullable().default(null),
      creation_timestamp_ms: whole.default(0),
      tags: keyValues,
    }),
    data: z.object({ params: keyValues, metrics: z.array(metric).default([]) }).prefault({}),
  })
  .transform(({ info, data }): LoggedModel => ({
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    artifactUri: info.artifact_uri,
    status: info.status,
    modelType: info.model_type,
    sourceRunId: info.source_run_id === '' ? null : info.source_run_id,
    createdAtMs: info.creation_timestamp_ms,
    tags: info.tags,
    ...data,
  }));
const oneModel = z.object({ model });
const modelPage = z.object({ models: z.array(model).default([]), next_page_token: pageToken });

export function createLoggedModelsApi(transport: Transport, keyTag: string): LoggedModelsApi {
  const create: LoggedModelsApi['create'] = async (input, call) => {
    checkCreate(input);
    const body = {
      experiment_id: input.experimentId,
      name: input.name,
      model_type: input.modelType ?? '',
      source_run_id: input.sourceRunId,
      params: toKeyValues(input.params),
      tags: toKeyValues(input.tags),
    };
    return (await transport.json({ ...call, method: 'POST', path: 'logged-models', body, answer: oneModel })).model;
  };

  const search = async (
    input: SearchLoggedModels,
    orderBy: unknown,
    call?: CallOptions,
  ): Promise<Page<LoggedModel>> => {
    const body = {
      experiment_ids: input.experimentIds,
      filter: input.filter,
      max_results: input.maxResults ?? 50,
      page_token: input.pageToken,
      order_by: orderBy,
    };
    const path = 'logged-models/search';
    const answer = await transport.json({ ...call, method: 'POST', path, body, answer: modelPage });
    return { items: answer.models, nextPageToken: answer.next_page_token };
  };

  return {
    create,
    search: (input, call) => search(input, undefined, call),
    createOnce: async (key, input, call) => {
      const query = { experimentIds: [input.experimentId], filter: tagEquals(keyTag, key), maxResults: 1 };
      const oldestFirst = [{ field_name: 'creation_timestamp', ascending: true }];
      const existing = (await search(query, oldestFirst, call)).items[0];
      if (existing !== undefined) return existing;
      const created = await create({ ...input, tags: { ...input.tags, [keyTag]: key } }, call);
      return (await search(query, oldestFirst, call)).items[0] ?? created;
    },
    get: async (modelId, call) => {
      const path = `logged-models/${encodeURIComponent(modelId)}`;
      return (await transport.json({ ...call, method: 'GET', path, answer: oneModel })).model;
    },
    finalize: async (modelId, outcome, call) => {
      const path = `logged-models/${encodeURIComponent(modelId)}`;
      const body = { model_id: modelId, status: `LOGGED_MODEL_${outcome}` };
      return (await transport.json({ ...call, method: 'PATCH', path, body, answer: oneModel })).model;
    },
    setTags: async (modelId, tags, call) => {
      refuseProblems(`the tags of model ${modelId}`, tagProblems(tags, limits.runTagValueLength));
      const path = `logged-models/${encodeURIComponent(modelId)}/tags`;
      const body = { model_id: modelId, tags: toKeyValues(tags) };
      await transport.json({ ...call, method: 'PATCH', path, body, answer: nothing });
    },
  };
}

function checkCreate(input: CreateLoggedModel): void {
  checkLoggedModelName(input.name);
  refuseProblems(`logged model ${JSON.stringify(input.name)}`, [
    ...paramProblems(input.params ?? {}),
    ...tagProblems(input.tags ?? {}, limits.runTagValueLength),
  ]);
}

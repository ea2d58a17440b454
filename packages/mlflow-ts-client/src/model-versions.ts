import { z } from 'zod';
import { nothing, pageToken, toKeyValues } from './answers.js';
import { MlflowError, refuseProblems } from './errors.js';
import { quoteFilterValue, tagEquals } from './filters.js';
import { checkModelName, checkVersion, lengthProblems, limits, tagProblems } from './limits.js';
import { modelVersionAnswer, type ModelVersion } from './model-version.js';
import { collectPages, type Page } from './pages.js';
import type { CallOptions, Transport } from './transport.js';

export interface CreateModelVersion {
  readonly name: string;
  /** The files must be complete: MLflow calls a version READY without looking. */
  readonly modelId: string;
  readonly runId: string;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface SearchModelVersions {
  /** ``name = 'churn' AND tags.`k` = 'v'``; build values with `quoteFilterValue`. */
  readonly filter: string;
  readonly orderBy?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface ModelVersionsApi {
  /** Every call creates another version; use `createOnce` where the call may be repeated. */
  create(input: CreateModelVersion, call?: CallOptions): Promise<ModelVersion>;
  /**
   * Creates a version tagged with `key`, or returns the one that has the tag. Numbers grow, so when two calls raced the
   * lowest number wins, for both of them and for every later call.
   */
  createOnce(key: string, input: CreateModelVersion, call?: CallOptions): Promise<ModelVersion>;
  /** The version with the lowest number that has the key, or null. */
  findByKey(name: string, key: string, call?: CallOptions): Promise<ModelVersion | null>;
  /** Null when the model or the version does not exist. */
  get(name: string, version: string, call?: CallOptions): Promise<ModelVersion | null>;
  search(input: SearchModelVersions, call?: CallOptions): Promise<Page<ModelVersion>>;
  setTag(name: string, version: string, key: string, value: string, call?: CallOptions): Promise<void>;
}

const oneVersion = z.object({ model_version: modelVersionAnswer });
const versionPage = z.object({ model_versions: z.array(modelVersionAnswer).default([]), next_page_token: pageToken });

export function createModelVersionsApi(transport: Transport, keyTag: string): ModelVersionsApi {
  const create: ModelVersionsApi['create'] = async (input, call) => {
    checkModelName(input.name);
    const what = `the version of ${JSON.stringify(input.name)}`;
    refuseProblems(what, [
      ...tagProblems(input.tags ?? {}, limits.registryTagValueLength),
      ...lengthProblems('its description', input.description ?? '', limits.descriptionLength),
    ]);
    const body = {
      name: input.name,
      source: `models:/${input.modelId}`,
      model_id: input.modelId,
      run_id: input.runId,
      description: input.description,
      tags: toKeyValues(input.tags),
    };
    const path = 'model-versions/create';
    return (await transport.json({ ...call, method: 'POST', path, body, answer: oneVersion })).model_version;
  };

  const search: ModelVersionsApi['search'] = async (input, call) => {
    const { filter, maxResults, orderBy } = input;
    const query = { filter, max_results: maxResults ?? 1000, page_token: input.pageToken, order_by: orderBy };
    const answer = await transport.json({
      ...call,
      method: 'GET',
      path: 'model-versions/search',
      query,
      answer: versionPage,
    });
    return { items: answer.model_versions, nextPageToken: answer.next_page_token };
  };

  const findByKey: ModelVersionsApi['findByKey'] = async (name, key, call) => {
    const filter = `name = ${quoteFilterValue(name)} AND ${tagEquals(keyTag, key)}`;
    const found = await collectPages((token) => search({ filter, pageToken: token }, call));
    return found.sort((a, b) => Number(a.version) - Number(b.version))[0] ?? null;
  };

  return {
    create,
    search,
    findByKey,
    createOnce: async (key, input, call) => {
      checkModelName(input.name);
      const existing = await findByKey(input.name, key, call);
      if (existing !== null) return existing;
      const created = await create({ ...input, tags: { ...input.tags, [keyTag]: key } }, call);
      return (await findByKey(input.name, key, call)) ?? created;
    },
    get: async (name, version, call) => {
      checkVersion(version);
      try {
        const query = { name, version };
        const path = 'model-versions/get';
        return (await transport.json({ ...call, method: 'GET', path, query, answer: oneVersion })).model_version;
      } catch (error) {
        if (error instanceof MlflowError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null;
        throw error;
      }
    },
    setTag: async (name, version, key, value, call) => {
      checkVersion(version);
      refuseProblems(
        `the tag of ${name} version ${version}`,
        tagProblems({ [key]: value }, limits.registryTagValueLength),
      );
      const body = { name, version, key, value };
      await transport.json({ ...call, method: 'POST', path: 'model-versions/set-tag', body, answer: nothing });
    },
  };
}

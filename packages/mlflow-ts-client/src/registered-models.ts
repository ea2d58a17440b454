import { z } from 'zod';
import { keyValues, nothing, toKeyValues } from './answers.js';
import { MlflowError, refuseProblems } from './errors.js';
import { checkModelName, lengthProblems, limits, tagProblems } from './limits.js';
import type { CallOptions, Transport } from './transport.js';

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface RegisteredModelsApi {
  /** Null when nobody has created it. */
  get(name: string, call?: CallOptions): Promise<RegisteredModel | null>;
  /** Safe to call from many places at once. Tags and description apply only to a model this call creates. */
  getOrCreate(
    name: string,
    initial?: { readonly tags?: Readonly<Record<string, string>>; readonly description?: string },
    call?: CallOptions,
  ): Promise<RegisteredModel>;
  /** Replaces the description (Markdown). */
  update(name: string, description: string, call?: CallOptions): Promise<void>;
  setTag(name: string, key: string, value: string, call?: CallOptions): Promise<void>;
  /** Does nothing when the tag is absent. */
  deleteTag(name: string, key: string, call?: CallOptions): Promise<void>;
}

const registeredModel = z
  .object({
    name: z.string(),
    description: z.string().default(''),
    tags: keyValues,
    aliases: z
      .array(z.object({ alias: z.string(), version: z.union([z.string(), z.number().transform(String)]) }))
      .default([]),
  })
  .transform(({ aliases, ...found }): RegisteredModel => {
    return { ...found, aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])) };
  });
const oneModel = z.object({ registered_model: registeredModel });

export function createRegisteredModelsApi(transport: Transport): RegisteredModelsApi {
  const get: RegisteredModelsApi['get'] = async (name, call) => {
    try {
      const path = 'registered-models/get';
      return (await transport.json({ ...call, method: 'GET', path, query: { name }, answer: oneModel }))
        .registered_model;
    } catch (error) {
      if (error instanceof MlflowError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null;
      throw error;
    }
  };

  return {
    get,
    getOrCreate: async (name, initial = {}, call) => {
      checkModelName(name);
      checkTags(name, initial.tags ?? {});
      checkDescription(name, initial.description ?? '');
      const existing = await get(name, call);
      if (existing !== null) return existing;
      try {
        const body = { name, tags: toKeyValues(initial.tags), description: initial.description };
        const path = 'registered-models/create';
        return (await transport.json({ ...call, method: 'POST', path, body, answer: oneModel })).registered_model;
      } catch (error) {
        if (!(error instanceof MlflowError && error.kind === 'already-exists')) throw error;
      }
      const created = await get(name, call);
      if (created !== null) return created;
      throw new MlflowError({ kind: 'conflict', message: `registered model ${name} vanished after creation` });
    },
    update: async (name, description, call) => {
      checkDescription(name, description);
      const body = { name, description };
      await transport.json({ ...call, method: 'PATCH', path: 'registered-models/update', body, answer: nothing });
    },
    setTag: async (name, key, value, call) => {
      checkTags(name, { [key]: value });
      const body = { name, key, value };
      await transport.json({ ...call, method: 'POST', path: 'registered-models/set-tag', body, answer: nothing });
    },
    deleteTag: async (name, key, call) => {
      const body = { name, key };
      await transport.json({ ...call, method: 'DELETE', path: 'registered-models/delete-tag', body, answer: nothing });
    },
  };
}

function checkDescription(name: string, description: string): void {
  const problems = lengthProblems('its description', description, limits.descriptionLength);
  refuseProblems(`registered model ${name}`, problems);
}

function checkTags(name: string, tags: Readonly<Record<string, string>>): void {
  refuseProblems(`the tags of registered model ${name}`, tagProblems(tags, limits.registryTagValueLength));
}

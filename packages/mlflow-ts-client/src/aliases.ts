import { z } from 'zod';
import { nothing } from './answers.js';
import { MlflowError } from './errors.js';
import { checkAlias, checkVersion } from './limits.js';
import { modelVersionAnswer, type ModelVersion } from './model-version.js';
import type { CallOptions, Transport } from './transport.js';

export interface AliasesApi {
  /** Null when the alias is absent, dangling (its version was deleted), or the model does not exist. */
  get(name: string, alias: string, call?: CallOptions): Promise<ModelVersion | null>;
  /** Last writer wins: MLflow has no compare-and-set and keeps no history of aliases. */
  set(name: string, alias: string, version: string, call?: CallOptions): Promise<void>;
  /**
   * Sets the alias and reads it back. Throws `conflict` when it reads differently, which means that somebody else moved
   * it at the same time. Returns what it replaced.
   */
  setVerified(name: string, alias: string, version: string, call?: CallOptions): Promise<{ previous: string | null }>;
  /** Does nothing when the alias is absent. */
  delete(name: string, alias: string, call?: CallOptions): Promise<void>;
}

const aliasAnswer = z.object({ model_version: modelVersionAnswer });
const path = 'registered-models/alias';

export function createAliasesApi(transport: Transport): AliasesApi {
  const get: AliasesApi['get'] = async (name, alias, call) => {
    checkAlias(alias);
    try {
      const query = { name, alias };
      return (await transport.json({ ...call, method: 'GET', path, query, answer: aliasAnswer })).model_version;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  };

  const set: AliasesApi['set'] = async (name, alias, version, call) => {
    checkAlias(alias);
    checkVersion(version);
    await transport.json({ ...call, method: 'POST', path, body: { name, alias, version }, answer: nothing });
  };

  return {
    get,
    set,
    setVerified: async (name, alias, version, call) => {
      const before = await get(name, alias, call);
      if (before?.version !== version) await set(name, alias, version, call);
      const after = await get(name, alias, call);
      if (after?.version === version) return { previous: before?.version ?? null };
      throw new MlflowError({
        kind: 'conflict',
        message: `alias ${alias} of ${name} was set to version ${version} but reads ${after?.version ?? 'nothing'}: somebody else moved it`,
      });
    },
    delete: async (name, alias, call) => {
      checkAlias(alias);
      try {
        await transport.json({ ...call, method: 'DELETE', path, body: { name, alias }, answer: nothing });
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    },
  };
}

/** An absent alias, and an absent model, come as 400 with a sentence; a dangling alias as 404. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof MlflowError)) return false;
  if (error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return true;
  return error.errorCode === 'INVALID_PARAMETER_VALUE' && /alias .* not found/i.test(error.message);
}

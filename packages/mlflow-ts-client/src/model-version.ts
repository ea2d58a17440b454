import { z } from 'zod';
import { keyValues, whole } from './answers.js';

export interface ModelVersion {
  readonly name: string;
  /** A whole number as text, as MLflow wants it back. */
  readonly version: string;
  readonly description: string;
  readonly source: string;
  readonly runId: string | null;
  /** From a `models:/<model id>` source; null for other sources. */
  readonly modelId: string | null;
  readonly status: string;
  readonly createdAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Filled by `get` and by alias look-ups; searches never carry aliases. */
  readonly aliases: readonly string[];
}

/** The `model_version` of MLflow's answers. Older servers send the number bare. */
export const modelVersionAnswer = z
  .object({
    name: z.string(),
    version: z.union([z.string(), z.number().transform(String)]),
    description: z.string().default(''),
    source: z.string().default(''),
    run_id: z.string().nullable().default(null),
    status: z.string().default('READY'),
    creation_timestamp: whole.default(0),
    tags: keyValues,
    aliases: z.array(z.string()).default([]),
  })
  .transform((found): ModelVersion => ({
    name: found.name,
    version: found.version,
    description: found.description,
    source: found.source,
    runId: found.run_id === '' ? null : found.run_id,
    modelId: /^models:\/(m-[^/]+)$/.exec(found.source)?.[1] ?? null,
    status: found.status,
    createdAtMs: found.creation_timestamp,
    tags: found.tags,
    aliases: found.aliases,
  }));

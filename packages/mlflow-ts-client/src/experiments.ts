import { z } from 'zod';
import { keyValues, toKeyValues } from './answers.js';
import { MlflowError, refuseProblems } from './errors.js';
import { lengthProblems, limits, tagProblems } from './limits.js';
import type { CallOptions, Transport } from './transport.js';

export interface Experiment {
  readonly experimentId: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly lifecycleStage: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ExperimentsApi {
  /** Null when nobody has created it. Deleted experiments are returned: look at `lifecycleStage`. */
  getByName(name: string, call?: CallOptions): Promise<Experiment | null>;
  /** Safe to call from many places at once. Throws `conflict` when the name belongs to a deleted experiment. */
  getOrCreate(name: string, tags?: Readonly<Record<string, string>>, call?: CallOptions): Promise<Experiment>;
}

const experiment = z
  .object({
    experiment_id: z.string(),
    name: z.string(),
    artifact_location: z.string().default(''),
    lifecycle_stage: z.string().default('active'),
    tags: keyValues,
  })
  .transform((found): Experiment => ({
    experimentId: found.experiment_id,
    name: found.name,
    artifactLocation: found.artifact_location,
    lifecycleStage: found.lifecycle_stage,
    tags: found.tags,
  }));
const experimentAnswer = z.object({ experiment });
const createAnswer = z.object({ experiment_id: z.string() });

export function createExperimentsApi(transport: Transport): ExperimentsApi {
  const getByName: ExperimentsApi['getByName'] = async (name, call) => {
    try {
      const query = { experiment_name: name };
      const path = 'experiments/get-by-name';
      return (await transport.json({ ...call, method: 'GET', path, query, answer: experimentAnswer })).experiment;
    } catch (error) {
      if (error instanceof MlflowError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null;
      throw error;
    }
  };

  return {
    getByName,
    getOrCreate: async (name, tags = {}, call) => {
      refuseProblems(`experiment ${JSON.stringify(name)}`, [
        ...(name.trim() === '' ? ['its name is empty'] : []),
        ...lengthProblems('its name', name, limits.experimentNameLength),
        ...tagProblems(tags, limits.registryTagValueLength),
      ]);
      const existing = await getByName(name, call);
      if (existing !== null) return requireActive(existing);
      await createUnlessExists(transport, name, tags, call);
      const created = await getByName(name, call);
      if (created !== null) return requireActive(created);
      throw new MlflowError({
        kind: 'conflict',
        message: `experiment ${JSON.stringify(name)} vanished after creation`,
      });
    },
  };
}

async function createUnlessExists(
  transport: Transport,
  name: string,
  tags: Readonly<Record<string, string>>,
  call: CallOptions | undefined,
): Promise<void> {
  try {
    const body = { name, tags: toKeyValues(tags) };
    await transport.json({ ...call, method: 'POST', path: 'experiments/create', body, answer: createAnswer });
  } catch (error) {
    if (error instanceof MlflowError && error.kind === 'already-exists') return;
    throw error;
  }
}

function requireActive(found: Experiment): Experiment {
  if (found.lifecycleStage === 'active') return found;
  throw new MlflowError({
    kind: 'conflict',
    message: `experiment ${JSON.stringify(found.name)} (${found.experimentId}) is ${found.lifecycleStage}; restore it in MLflow or choose another name`,
  });
}

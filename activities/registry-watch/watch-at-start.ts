import type { RunContext, Stamp } from '../../workflows/run-context.js';
import type { Definitions } from '../ports/definitions.js';
import { handleChange, type Finding, type HandlingServices } from './handle-change.js';
import { lookAtRegistry } from './look-at-registry.js';

export interface WatchServices extends HandlingServices {
  readonly definitions: Definitions;
}

/** What the first step of a run is asked with. */
export interface RunStart {
  readonly input: unknown;
  readonly run: RunContext;
  readonly stamp?: Stamp;
}

/** The ledger says who serves, so that no run waits longer than this to hear what the registry says. */
const patienceMs = 5_000;

/**
 * Looks at the registry before a run fixes its pins. What somebody else did there is recorded, and handled by the
 * pipeline's policy where `extent` says so. Answers with a sentence about it; null when there is nothing to say, also when
 * the registry does not answer or the input names no pipeline: the run itself says what it needs to. A dry run changes
 * nothing, so nothing is looked at.
 */
export async function watchAtStart(
  services: WatchServices,
  { input, run, stamp }: RunStart,
  extent: Finding['extent'],
): Promise<string | null> {
  const asked = fieldsOf(input);
  const { pipeline } = asked;
  if (typeof pipeline !== 'string' || asked['dryRun'] === true) return null;
  try {
    const { definition, digest } = await services.definitions.load(pipeline);
    const { registeredName, registry: policy } = definition;
    const signal = AbortSignal.timeout(patienceMs);
    const { change } = await lookAtRegistry(services, { pipeline, registeredName, signal });
    if (change === null) return null;
    const { summary } = await handleChange(services, {
      pipeline,
      definitionDigest: digest,
      stamp: { ...(stamp ?? { at: run.startedAt }), actor: watcher, workflow: run.workflow },
      registeredName,
      change,
      policy: policy.onAliasMoved,
      extent,
    });
    return summary;
  } catch {
    return null;
  }
}

const watcher = { name: 'registry watch', kind: 'workflow' } as const;

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
}

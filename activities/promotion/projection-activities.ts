import type { Problem } from '../../domain/failure-types.js';
import { decideAlias } from '../../domain/ledger/questions.js';
import type { AnchorPlace } from '../ports/anchor-place.js';
import type { Definitions } from '../ports/definitions.js';
import { handleChange, settle, type HandlingServices } from '../registry-watch/handle-change.js';
import { championAlias, lookAtRegistry, type RegistryLook } from '../registry-watch/look-at-registry.js';
import { anchorHead } from './anchor-head.js';
import { noteCorrections } from './note-corrections.js';
import { moveAlias, recordProjection, type ProjectionRequest } from './move-alias.js';

export interface ProjectionServices extends HandlingServices {
  readonly definitions: Definitions;
  /** Where the ledger's head is written down, in this order. */
  readonly anchors: readonly AnchorPlace[];
}

/** How the alias stands after a look; `alarm` when somebody else moved it and it was left alone. */
export interface Projection {
  readonly status: 'none' | 'in-step' | 'projected' | 'restored' | 'adopted' | 'alarm';
  readonly summary: string;
}

/** Brings the registry's alias in step with the ledger. */
export function createProjectionActivities(services: ProjectionServices) {
  return {
    /**
     * Reads the alias and compares it with the ledger: sets it when the ledger moved on, and does what the pipeline's
     * policy says when somebody else moved it or removed what it names. Killed anywhere, the next call does the rest.
     * Before that, the ledger's head is anchored, and a ledger that an anchor contradicts moves no alias.
     */
    async projectChampion(request: ProjectionRequest): Promise<Projection> {
      const { registeredName, registry: policy } = await services.definitions.loadPinned(request.definitionDigest);
      const { pipeline, stamp } = request;
      const broken = await anchorHead(services, { pipeline, registeredName }, stamp.at);
      if (broken.length > 0) return { status: 'alarm', summary: rewritten(pipeline, broken) };
      const look = await lookAtRegistry(services, { pipeline, registeredName });
      if (look.change === null) return follow(services, { ...request, registeredName }, look);
      const { change } = look;
      return handleChange(services, {
        ...request,
        registeredName,
        change,
        policy: policy.onAliasMoved,
        extent: 'handle',
      });
    },
  };
}

export type ProjectionActivities = ReturnType<typeof createProjectionActivities>;

/** The alias is ours: it shows the head already, or it is set to it. */
async function follow(
  services: ProjectionServices,
  request: ProjectionRequest & { readonly registeredName: string },
  { state, sight }: RegistryLook,
): Promise<Projection> {
  const found = sight?.aliasVersion ?? null;
  const standing = decideAlias({ state, found });
  switch (standing.status) {
    case 'no-champion':
      return { status: 'none', summary: 'there is no champion yet' };
    case 'in-step':
      if (!standing.recorded) await recordProjection(services.store, request, standing.changeNumber);
      await settle(services.store, request, { how: 'returned' });
      await noteCorrections(services, request);
      return { status: 'in-step', summary: `${championAlias} is version ${found ?? '?'}, as the ledger says` };
    case 'pending': {
      const version = await moveAlias(services, request, request.registeredName);
      await noteCorrections(services, request);
      return { status: 'projected', summary: `${championAlias} moved to version ${version}` };
    }
    case 'moved-elsewhere':
      throw new TypeError('unreachable: an alias that somebody else moved is a change');
  }
}

function rewritten(pipeline: string, problems: readonly Problem[]): string {
  const where = problems.map(({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`);
  return `ALARM: the ledger of ${pipeline} was cut or rewritten behind an anchor (${where.join('; ')}); the alias ${championAlias} was left alone`;
}

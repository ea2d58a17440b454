import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { decideAlias } from '../../domain/ledger/questions.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { AnchorPlace } from '../ports/anchor-place.js';
import type { Definitions } from '../ports/definitions.js';
import type { Registry } from '../ports/registry.js';
import type { Store } from '../ports/store.js';
import { anchorHead } from './anchor-head.js';

/** The alias that stands for what the ledger says. */
export const championAlias = 'champion';

export interface ProjectionServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly registry: Registry;
  /** Where the ledger's head is written down, in this order. */
  readonly anchors: readonly AnchorPlace[];
}

export interface ProjectionRequest {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly stamp: Stamp;
}

/** How the alias stands after a look; `alarm` when somebody else moved it. */
export interface Projection {
  readonly status: 'none' | 'in-step' | 'projected' | 'alarm';
  readonly summary: string;
}

/** Brings the registry's alias in step with the ledger. */
export function createProjectionActivities(services: ProjectionServices) {
  return {
    /**
     * Reads the alias and compares it with the ledger: sets it when the ledger moved on, leaves it alone and raises an
     * alarm when somebody else moved it. Killed anywhere, the next call does the rest. Before that, the ledger's head is
     * anchored, and a ledger that an anchor contradicts moves no alias.
     */
    async projectChampion(request: ProjectionRequest): Promise<Projection> {
      const { store, registry } = services;
      const { registeredName } = await services.definitions.loadPinned(request.definitionDigest);
      const { pipeline, stamp } = request;
      const broken = await anchorHead(services, { pipeline, registeredName }, stamp.at);
      if (broken.length > 0) return { status: 'alarm', summary: rewritten(pipeline, broken) };
      const found = await registry.getAlias(registeredName, championAlias);
      const { state } = await readLedger(store, request.pipeline);
      const standing = decideAlias({ state, found: found?.version ?? null });
      switch (standing.status) {
        case 'no-champion':
          return { status: 'none', summary: 'there is no champion yet' };
        case 'in-step':
          if (!standing.recorded) await recordProjection(store, request, standing.changeNumber);
          return {
            status: 'in-step',
            summary: `${championAlias} is version ${found?.version ?? '?'}, as the ledger says`,
          };
        case 'pending':
          return moveAlias(services, request, registeredName);
        case 'moved-elsewhere':
          return raiseAlarm(store, request, standing);
      }
    },
  };
}

export type ProjectionActivities = ReturnType<typeof createProjectionActivities>;

function rewritten(pipeline: string, problems: readonly Problem[]): string {
  const where = problems.map(({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`);
  return `ALARM: the ledger of ${pipeline} was cut or rewritten behind an anchor (${where.join('; ')}); the alias ${championAlias} was left alone`;
}

/** A champion that changes while the alias moves is followed; more often than this it is not a race but a fight. */
const maxMoves = 5;

/** Sets the alias to the head and reads the ledger again, so that a rollback in between is never overwritten for good. */
async function moveAlias(
  { store, registry }: ProjectionServices,
  request: ProjectionRequest,
  registeredName: string,
): Promise<Projection> {
  for (let move = 0; move < maxMoves; move++) {
    const head = (await readLedger(store, request.pipeline)).state.championHistory.at(-1);
    if (head === undefined) break;
    crashPoint('before-alias');
    await registry.setAlias(registeredName, championAlias, head.model.version);
    crashPoint('after-alias');
    const after = (await readLedger(store, request.pipeline)).state.championHistory.at(-1);
    if (after?.recordNumber !== head.recordNumber) continue;
    if (!(await recordProjection(store, request, head.recordNumber))) continue;
    crashPoint('after-projection-record');
    return { status: 'projected', summary: `${championAlias} moved to version ${head.model.version}` };
  }
  throw new Error(
    `the champion of ${request.pipeline} changed ${maxMoves} times while its alias was set; it is tried again`,
  );
}

/**
 * Of the change that was looked at: the champion may have changed once more since the alias was set. False where another
 * run has projected a later change meanwhile: then this one is history, and there is a newer head to follow.
 */
async function recordProjection(store: Store, request: ProjectionRequest, changeNumber: number): Promise<boolean> {
  const result = await appendRecord(store, request.pipeline, (state) => {
    const term = state.championHistory.find(({ recordNumber }) => recordNumber === changeNumber);
    const isOvertaken = (state.lastProjection?.changeNumber ?? 0) > changeNumber;
    if (term === undefined || isOvertaken) return null;
    return {
      recordId: `alias/${championAlias}/${term.recordNumber}`,
      reason: `the alias follows record ${term.recordNumber}`,
      event: { type: 'alias-projected', alias: championAlias, model: term.model, changeNumber: term.recordNumber },
      ...request.stamp,
    };
  });
  if (result.status !== 'refused') return result.status !== 'declined';
  const message = `The ledger of ${request.pipeline} cannot take alias-projected.`;
  throw new PermanentFailure('LEDGER_REFUSED', message, { problems: result.problems });
}

async function raiseAlarm(
  store: Store,
  request: ProjectionRequest,
  standing: { readonly expected: { readonly version: string }; readonly foundVersion: string | null },
): Promise<Projection> {
  const { state } = await readLedger(store, request.pipeline);
  const found = standing.foundVersion ?? 'none';
  const summary = `ALARM: the alias ${championAlias} is ${found}, the ledger says ${standing.expected.version}; it was left alone`;
  await appendFact(store, {
    pipeline: request.pipeline,
    recordId: `alias-alarm/${championAlias}/${state.decisionEpoch}/${found}`,
    reason: summary,
    event: {
      type: 'alias-moved-elsewhere',
      alias: championAlias,
      expectedVersion: standing.expected.version,
      foundVersion: standing.foundVersion,
    },
    stamp: request.stamp,
  });
  return { status: 'alarm', summary };
}

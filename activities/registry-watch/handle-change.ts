import { PermanentFailure } from '../../domain/failure-types.js';
import { decideAliasCourse, isRecorded, type OutOfBandChange } from '../../domain/ledger/alias-policy.js';
import type { LedgerEntry } from '../../domain/ledger/record.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RegistryPolicy } from '../../domain/pipeline-definition.js';
import { crashPoint } from '../crash-point.js';
import { findModelFault, type GoldenServices } from '../golden-rows.js';
import { appendRecord } from '../ledger/append-record.js';
import type { Registry } from '../ports/registry.js';
import type { Store } from '../ports/store.js';
import { moveAlias, recordProjection, type ProjectionRequest } from '../promotion/move-alias.js';
import { championAlias } from './look-at-registry.js';

export interface HandlingServices extends GoldenServices {
  readonly store: Store;
  readonly registry: Registry;
}

/** What was found in the registry and by whom; `record` only keeps it, `handle` does what the pipeline's policy says. */
export interface Finding extends ProjectionRequest {
  readonly registeredName: string;
  readonly change: OutOfBandChange;
  readonly policy: RegistryPolicy['onAliasMoved'];
  readonly extent: 'record' | 'handle';
}

export interface HandledChange {
  readonly status: 'alarm' | 'restored' | 'adopted';
  readonly summary: string;
}

/** Keeps what was found, once, and does what the policy says. Killed anywhere, the next call does the rest. */
export async function handleChange(services: HandlingServices, finding: Finding): Promise<HandledChange> {
  const { change, policy, stamp } = finding;
  const state = await recordFinding(services.store, finding);
  if (finding.extent === 'record') return raised(finding, policy === 'alarm' ? '' : 'the next run handles it');
  const foundDigest = policy === 'adopt' ? await digestInRegistry(services, finding) : null;
  const course = decideAliasCourse({ state, change, policy, at: stamp.at, foundDigest });
  switch (course.action) {
    case 'alarm':
      return raised(finding, policy === 'alarm' ? '' : course.why);
    case 'restore':
      return restore(services, finding);
    case 'adopt':
      return adopt(services, finding, course.model);
  }
}

/** Appends the record unless this very finding stands open; the ledger with it in it. */
async function recordFinding(store: Store, finding: Finding): Promise<LedgerState> {
  const { pipeline, change, stamp } = finding;
  const foundVersion = change.foundVersion;
  crashPoint('before-finding-record');
  const result = await appendRecord(store, pipeline, (state): LedgerEntry | null => {
    if (isRecorded(state, change)) return null;
    const earlier = String(state.aliasAlarms.length);
    return {
      recordId: `alias-alarm/${championAlias}/${String(state.decisionEpoch)}/${foundVersion ?? 'none'}/${earlier}`,
      at: stamp.at,
      actor: stamp.actor,
      reason: found(finding),
      workflow: stamp.workflow,
      event: {
        type: 'alias-moved-elsewhere',
        alias: championAlias,
        expectedVersion: change.expected.version,
        foundVersion,
        finding: change.finding,
      },
    };
  });
  crashPoint('after-finding-record');
  if (result.status === 'refused') throw refused(pipeline, 'alias-moved-elsewhere', result.problems);
  return result.state;
}

async function digestInRegistry({ registry }: HandlingServices, finding: Finding): Promise<string | null> {
  const { foundVersion } = finding.change;
  if (foundVersion === null) return null;
  return (await registry.getVersion(finding.registeredName, foundVersion))?.modelDigest ?? null;
}

async function restore(services: HandlingServices, finding: Finding): Promise<HandledChange> {
  const version = await moveAlias(services, finding, finding.registeredName);
  await settle(services.store, finding, { how: 'restored' });
  const was = finding.change.foundVersion === null ? 'gone' : `moved to version ${finding.change.foundVersion}`;
  return {
    status: 'restored',
    summary: `the alias ${championAlias} was ${was} by somebody else and is version ${version} again, as the ledger says`,
  };
}

/** Says in the ledger that the open finding is over, if there is one. Safe to repeat. */
export async function settle(
  store: Store,
  { pipeline, stamp }: ProjectionRequest,
  { how }: { readonly how: 'restored' | 'returned' },
): Promise<void> {
  crashPoint('before-settled-record');
  const result = await appendRecord(store, pipeline, ({ openFinding, champion }): LedgerEntry | null => {
    if (openFinding === null || champion === null) return null;
    const findingNumber = openFinding.recordNumber;
    return {
      recordId: `alias-settled/${championAlias}/${String(findingNumber)}`,
      at: stamp.at,
      actor: stamp.actor,
      reason: `the alias ${championAlias} says again what the ledger says (record ${String(findingNumber)})`,
      workflow: stamp.workflow,
      event: { type: 'alias-settled', alias: championAlias, how, findingNumber, version: champion.version },
    };
  });
  crashPoint('after-settled-record');
  if (result.status === 'refused') throw refused(pipeline, 'alias-settled', result.problems);
}

/** Makes the found version champion, if its model in the store is whole and does what it did when it was registered. */
async function adopt(services: HandlingServices, finding: Finding, model: ModelRef): Promise<HandledChange> {
  const fault = await findModelFault(services, model);
  if (fault !== null) return raised(finding, `version ${model.version} could not be verified: ${fault.message}`);
  const { pipeline, stamp, change } = finding;
  crashPoint('before-adoption-record');
  const result = await appendRecord(services.store, pipeline, ({ openFinding, champion }): LedgerEntry | null => {
    if (openFinding === null || champion?.modelDigest === model.modelDigest) return null;
    const decisionId = `${pipeline}/adoption/${String(openFinding.recordNumber)}`;
    return {
      recordId: `champion/${decisionId}`,
      at: stamp.at,
      actor: { name: 'unknown, through the registry', kind: 'person' },
      reason: `${found(finding)}; it was adopted, as the policy of the pipeline says (record ${String(openFinding.recordNumber)})`,
      workflow: stamp.workflow,
      event: {
        type: 'champion-changed',
        cause: 'adoption',
        decisionId,
        from: change.expected,
        to: model,
        reportDigest: null,
        approvalNumber: null,
        revokedDigests: [],
      },
    };
  });
  crashPoint('after-adoption-record');
  // Somebody promoted or rolled back meanwhile: the next look finds out how the alias stands to that.
  if (result.status === 'refused') return raised(finding, result.problems.map(({ expected }) => expected).join('; '));
  const head = result.state.championHistory.at(-1);
  if (head?.model.modelDigest !== model.modelDigest) return raised(finding, 'the ledger moved on meanwhile');
  await recordProjection(services.store, finding, head.recordNumber);
  return { status: 'adopted', summary: `version ${model.version} is champion: ${found(finding)}, and it was adopted` };
}

/** The alarm, in one sentence. */
function raised(finding: Finding, why: string): HandledChange {
  const { finding: what } = finding.change;
  const isRemoval = what === 'version-removed' || what === 'model-removed';
  const end = isRemoval ? 'the model in the store serves on' : `it was left alone${why === '' ? '' : `: ${why}`}`;
  return { status: 'alarm', summary: `ALARM: ${found(finding)}; ${end}` };
}

function found({ change, registeredName }: Finding): string {
  const { finding, foundVersion, expected } = change;
  switch (finding) {
    case 'model-removed':
      return `the registered model ${registeredName} was removed from the registry`;
    case 'version-removed':
      return `version ${expected.version} of ${registeredName}, the champion, was removed from the registry`;
    case 'moved':
    case 'deleted':
      return `the alias ${championAlias} is ${foundVersion ?? 'none'}, the ledger says ${expected.version}`;
  }
}

function refused(pipeline: string, type: string, problems: PermanentFailure['problems']): PermanentFailure {
  return new PermanentFailure('LEDGER_REFUSED', `The ledger of ${pipeline} cannot take ${type}.`, { problems });
}

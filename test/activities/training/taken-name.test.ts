import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Registry } from '../../../activities/ports/registry.js';
import { planRetrain } from '../../../activities/training/begin-retrain.js';
import { registerTrained } from '../../../activities/training/register-trained.js';
import type { TrainedVersion, TrainingServices } from '../../../activities/training/training-activities.js';
import { planTrainingWindows } from '../../../domain/training-plan.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { digest, LedgerBuilder, pipeline, registered } from '../../support/ledger.js';

const problems = [{ field: 'registeredName of trains', found: '"flights", the registered model of flights' }];

/** A second pipeline that wants to put its versions into the registered model of the first. */
const trains = flightsDefinition({ name: 'trains', registeredName: pipeline });

let world: ActivityWorld;
beforeEach(async () => {
  world = await ActivityWorld.create(new LedgerBuilder().append(registered('a')), trains);
});
afterEach(() => world.remove());

it('a retrain of a pipeline whose registered model is taken ends at its start, and records no decision', async () => {
  const start = { input: { pipeline: 'trains' }, run: runOf('r1'), at: '2001-06-01T00:00:00.000Z' };
  await expect(planRetrain(world.services, start)).rejects.toMatchObject({ type: 'INVALID_DEFINITION', problems });
  expect(await world.store.list('ledger/trains')).toEqual([]);
});

it('a version that was trained meanwhile is not registered under the name of another pipeline', async () => {
  const { digest: definitionDigest } = await world.definitions.load();
  const asked: string[] = [];
  const registry = {
    registerModel: ({ registeredName }: { readonly registeredName: string }) => {
      asked.push(registeredName);
      return Promise.reject(new Error('the registry must not be asked'));
    },
  };
  // Nothing else of the services is reached where the check stands in front of it.
  const services = { ...world.services, registry: registry as unknown as Registry } as unknown as TrainingServices;
  const registration = {
    plan: {
      decision: 'retrain',
      grounds: [],
      runId: 'r1',
      pipeline: 'trains',
      definitionDigest,
      asOf: '2001-06-01T00:00:00.000Z',
      windows: planTrainingWindows(trains, '2001-06-01T00:00:00.000Z'),
      params: {},
      promote: false,
      actor: { name: 'Anna', kind: 'person' },
      reason: 'a test',
    },
    trained: { modelDigest: digest('trained'), snapshotDigest: digest('snapshot') } as TrainedVersion,
    stamp: stampOf('r1'),
  } as const;
  await expect(registerTrained(services, registration)).rejects.toMatchObject({ type: 'INVALID_DEFINITION', problems });
  expect(asked).toEqual([]);
  expect(await world.store.list('ledger/trains')).toEqual([]);
});

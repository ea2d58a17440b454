import { randomUUID } from 'node:crypto';
import { createMlflowClient, type MlflowClient } from 'mlflow-ts-client';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProjectionActivities } from '../../../activities/promotion/projection-activities.js';
import { withRunFacts } from '../../../activities/run-facts.js';
import { createMlflowRegistry } from '../../../adapters/mlflow/mlflow-registry.js';
import { registryTags } from '../../../adapters/mlflow/registry-tags.js';
import type { RegistryPolicy } from '../../../domain/pipeline-definition.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { LedgerBuilder, model, pipeline, registered } from '../../support/ledger.js';
import { OneAlias } from '../../support/one-alias.js';
import { testMlflow } from '../../support/servers.js';

let url: string;
let client: MlflowClient;
let modelId: string;
let runId: string;
let world: ActivityWorld;
let name: string;

beforeAll(async () => {
  ({ url } = await testMlflow());
  client = createMlflowClient({ trackingUri: url, keyTag: registryTags.key });
  const { experimentId } = await client.experiments.getOrCreate(`out-of-band/${randomUUID()}`);
  ({ runId } = await client.runs.create({ experimentId, startTimeMs: Date.parse('2001-03-05') }));
  ({ modelId } = await client.loggedModels.create({ experimentId, name: 'flights', sourceRunId: runId }));
}, 300_000);
afterEach(() => world.remove());

/** Version 1 is champion in ledger and MLflow, and version 2 is registered in both. */
async function open(onAliasMoved: RegistryPolicy['onAliasMoved']): Promise<void> {
  const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b'));
  name = `flights-${randomUUID()}`;
  const definition = flightsDefinition({ registry: { onAliasMoved }, registeredName: name });
  world = await ActivityWorld.create(ledger, definition);
  await client.registeredModels.getOrCreate(name);
  for (const letter of ['a', 'b']) {
    const tags = { [registryTags.modelDigest]: model(letter).modelDigest };
    await client.modelVersions.create({ name, modelId, runId, tags });
  }
  expect(await look['by schedule']()).toContain('version 1');
}

const services = () => ({
  ...world.services,
  ...new OneAlias().services,
  registry: createMlflowRegistry({ trackingUri: url }),
});

/** The two places that look: the first step of a scoring run, and the last one of a monitor run. */
const look = {
  async 'before a window is scored'(): Promise<string | null> {
    const begin = (_: never): Promise<object> => Promise.resolve({ pipeline });
    const others = { beginBacktest: begin, beginRetrain: begin, beginPromotion: begin, beginRollback: begin };
    const plain = { ...others, beginScore: begin, beginMonitor: begin };
    const { beginScore } = withRunFacts(plain, { ...services(), hasSearchAttributes: false });
    const begun: object = await beginScore({ input: { pipeline }, run: runOf('r1') } as never);
    return (begun as { readonly runFacts: { readonly registryNote: string | null } }).runFacts.registryNote;
  },
  async 'by schedule'(): Promise<string> {
    const { digest } = await world.definitions.load();
    const activities = createProjectionActivities({ ...services(), anchors: [] });
    const projection = await activities.projectChampion({ pipeline, definitionDigest: digest, stamp: stampOf('r2') });
    return projection.summary;
  },
};

const change = {
  moved: () => client.aliases.set(name, 'champion', '2'),
  deleted: () => client.aliases.delete(name, 'champion'),
  'version-removed': async () => {
    const response = await fetch(`${url}/api/2.0/mlflow/model-versions/delete`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, version: '1' }),
    });
    if (!response.ok) throw new Error(await response.text());
  },
};

const aliasNow = async () => (await client.aliases.get(name, 'champion'))?.version ?? null;

describe.each(Object.keys(look) as (keyof typeof look)[])('what somebody did in MLflow, seen %s', (when) => {
  it.each([
    ['moved', '2'],
    ['deleted', null],
  ] as const)('is set back where the policy restores: an alias that was %s', async (what, foundVersion) => {
    await open('restore');
    await change[what]();
    expect(await look[when]()).toContain('is version 1 again, as the ledger says');
    expect(await aliasNow()).toBe('1');
    const { aliasAlarms, openFinding, champion } = await world.state();
    expect(aliasAlarms).toMatchObject([{ finding: what, expectedVersion: '1', foundVersion }]);
    expect(openFinding).toBeNull();
    expect(champion).toEqual(model('a'));
  });

  it('becomes the champion where the policy adopts: the version that an alias was moved to', async () => {
    await open('adopt');
    await change.moved();
    expect(await look[when]()).toContain('version 2 is champion');
    expect(await aliasNow()).toBe('2');
    const { champion, championHistory, pendingProjection } = await world.state();
    expect(champion).toEqual(model('b'));
    expect(championHistory.at(-1)).toMatchObject({ cause: 'adoption', epoch: 2 });
    expect(pendingProjection).toBeNull();
  });

  it('is left alone where the policy adopts and an alias was deleted: it names nobody', async () => {
    await open('adopt');
    await change.deleted();
    expect(await look[when]()).toMatch(/^ALARM: the alias champion is none, the ledger says 1; it was left alone/);
    expect(await aliasNow()).toBeNull();
    expect(await world.state()).toMatchObject({ champion: model('a'), openFinding: { finding: 'deleted' } });
  });

  it('is left alone where the policy adopts and MLflow’s version is not the model that was registered', async () => {
    await open('adopt');
    await client.modelVersions.setTag(name, '2', registryTags.modelDigest, 'f'.repeat(64));
    await change.moved();
    expect(await look[when]()).toContain('is not the model that the ledger registered under that number');
    expect((await world.state()).champion).toEqual(model('a'));
  });

  it.each(['restore', 'adopt', 'alarm'] as const)(
    'is an alarm by the policy %s: the champion’s version was removed, and the model in the store serves on',
    async (policy) => {
      await open(policy);
      await change['version-removed']();
      const told = await look[when]();
      expect(told).toMatch(/^ALARM: version 1 of flights-\S+, the champion, was removed from the registry/);
      expect(told).toContain('the model in the store serves on');
      expect(await world.state()).toMatchObject({ champion: model('a'), openFinding: { finding: 'version-removed' } });
      await look[when]();
      expect((await world.state()).aliasAlarms).toHaveLength(1);
    },
  );
});

import { afterEach, describe, expect, it } from 'vitest';
import { withRunFacts } from '../../../activities/run-facts.js';
import type { RegistryPolicy } from '../../../domain/pipeline-definition.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { LedgerBuilder, model, registered } from '../../support/ledger.js';
import { OneAlias } from '../../support/one-alias.js';

let world: ActivityWorld;
let alias: OneAlias;
let begun: string[] = [];
afterEach(() => world.remove());

const firstSteps = [
  'beginScore',
  'beginBacktest',
  'beginRetrain',
  'beginPromotion',
  'beginRollback',
  'beginMonitor',
] as const;

/** Version 1 is champion, its alias was set, and then somebody moved it to version 2. */
async function open(onAliasMoved: RegistryPolicy['onAliasMoved']): Promise<void> {
  const ledger = new LedgerBuilder().promote('p1', null, 'a');
  const changeNumber = ledger.state.pendingProjection?.recordNumber ?? 0;
  ledger
    .append({ type: 'alias-projected', alias: 'champion', model: model('a'), changeNumber })
    .append(registered('b'));
  world = await ActivityWorld.create(ledger, flightsDefinition({ registry: { onAliasMoved } }));
  alias = new OneAlias();
  alias.version = '2';
  begun = [];
}

async function begin(name: (typeof firstSteps)[number], input: unknown = { pipeline: 'flights' }) {
  const plain = Object.fromEntries(
    firstSteps.map((each) => [each, () => (begun.push(each), Promise.resolve({ pipeline: 'flights' }))]),
  ) as unknown as Record<(typeof firstSteps)[number], (start: never) => Promise<object>>;
  const activities = withRunFacts(plain, { ...world.services, ...alias.services, hasSearchAttributes: true });
  const start = { input, run: runOf('r1'), ...(name === 'beginPromotion' ? { stamp: stampOf('r1') } : {}) };
  return activities[name](start as never);
}

const told = 'ALARM: the alias champion is 2, the ledger says 1; it was left alone';

describe('the first step of a run', () => {
  it.each(['beginScore', 'beginBacktest', 'beginRetrain', 'beginPromotion', 'beginRollback'] as const)(
    '%s finds the moved alias, records it once, and goes on with its plan',
    async (name) => {
      await open('alarm');
      const facts = { registryNote: told, hasSearchAttributes: true };
      expect(await begin(name)).toEqual({ pipeline: 'flights', runFacts: facts });
      expect(await begin(name)).toEqual({ pipeline: 'flights', runFacts: facts });
      expect((await world.state()).aliasAlarms).toHaveLength(1);
      expect(await world.lastEvent()).toMatchObject({ expectedVersion: '1', foundVersion: '2', finding: 'moved' });
    },
  );

  it.each(['beginScore', 'beginBacktest', 'beginRetrain'] as const)('%s does what the policy says', async (name) => {
    await open('restore');
    await begin(name);
    expect(alias.version).toBe('1');
  });

  it.each(['beginPromotion', 'beginRollback'] as const)(
    '%s only records: it is a change of champion itself',
    async (name) => {
      await open('adopt');
      expect(await begin(name)).toMatchObject({ runFacts: { registryNote: `${told}: the next run handles it` } });
      expect((await world.state()).champion).toEqual(model('a'));
    },
  );

  it('of monitor leaves it to its end', async () => {
    await open('restore');
    expect(await begin('beginMonitor')).toMatchObject({ runFacts: { registryNote: null } });
    expect(alias.version).toBe('2');
  });

  it('goes on while the registry is away, and says nothing about it', async () => {
    await open('restore');
    alias.isAway = true;
    expect(await begin('beginScore')).toMatchObject({ runFacts: { registryNote: null } });
    expect(begun).toEqual(['beginScore']);
  });

  it.each([null, 'flights', {}, { pipeline: 7 }, { pipeline: 'flights', dryRun: true }])(
    'with the input %j looks at nothing, and the step itself says what is wrong',
    async (input) => {
      await open('restore');
      expect(await begin('beginBacktest', input)).toMatchObject({ runFacts: { registryNote: null } });
      expect(begun).toEqual(['beginBacktest']);
      expect(alias.version).toBe('2');
    },
  );
});

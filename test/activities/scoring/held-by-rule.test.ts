import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scoreAndAudit, type ScoringServices } from '../../../activities/scoring/score-and-audit.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';
import { scorePlan } from '../../support/workflow-fakes.js';

let world: OrdersWorld;
beforeEach(async () => {
  const edges = [order({ id: 'first', day: '2024-01-01' }), order({ id: 'last', day: '2024-01-09' })];
  world = await createOrdersWorld([...edges, order({ id: 'a', amount: '-1' }), order({ id: 'b' }), order({ id: 'c' })]);
});
afterEach(() => world.remove());

const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const neverAsked = () => Promise.reject(new Error('nothing may be scored'));

/** Scores the fifth with a rule about amounts, by a scorer that must not be asked. */
async function score(severity: 'stop' | 'quarantine') {
  const rule = {
    check: 'in-range',
    column: 'amount',
    min: 0,
    max: null,
    name: 'amounts',
    severity,
    mostly: 1,
  } as const;
  const definition = { ...world.definition, validation: [rule] };
  const dataset = world.builder();
  const snapshot = await dataset.buildSnapshot({ definition, purpose: 'scoring', window, asOf: window.start });
  const services = {
    definitions: { loadPinned: () => Promise.resolve(definition) },
    dataset,
    bundles: { open: neverAsked },
    scorer: { score: neverAsked },
  } as unknown as ScoringServices;
  const plan = { ...scorePlan, pipeline: 'orders', window };
  return scoreAndAudit(services, { plan, snapshot, signal: new AbortController().signal, report: () => undefined });
}

describe('a window with rows that break a rule', () => {
  it('is held by a rule that stops, before anything scores it', async () => {
    expect(await score('stop')).toMatchObject({
      status: 'held',
      heldBy: 'validation',
      rows: 3,
      servedFile: null,
      shadowFiles: [],
      grounds: [
        'amounts: 1 of 3 rows (share 0.3333): amount is not at least 0, such as "-1.0"; expected: every row holds',
      ],
    });
  });

  it('is held when more rows are quarantined than the definition allows, and says where they are', async () => {
    expect(await score('quarantine')).toMatchObject({
      status: 'held',
      heldBy: 'validation',
      rows: 2,
      grounds: ['1 of 3 rows were quarantined (share 0.3333); the limit is 0.01'],
      warnings: [
        expect.stringContaining('amounts: 1 of 3 rows'),
        expect.stringMatching(/^1 row is in quarantine\/orders\/[0-9a-f]{64}\.parquet$/),
      ],
    });
  });
});

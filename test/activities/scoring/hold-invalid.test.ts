import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { holdInvalid } from '../../../activities/scoring/hold-invalid.js';
import {
  createScoringActivities,
  type ScorePlan,
  type ScoringSnapshot,
} from '../../../activities/scoring/scoring-activities.js';
import { digest, model, pipeline } from '../../support/ledger.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';
import { ScoringWorld } from '../../support/scoring-world.js';
import { stampOf } from '../../support/activity-world.js';
import { scorePlan } from '../../support/workflow-fakes.js';

describe('a window that validation stopped', () => {
  let scoring: ScoringWorld;
  afterEach(() => scoring.world.remove());

  const file = { path: 'quarantine/flights/q.parquet', sha256: digest('q'), bytes: 1, rows: 3 };
  const stopped = {
    validation: { status: 'stopped', grounds: ['origin is missing'], warnings: ['also this'], results: [] },
    quarantine: { file, rows: 3, reasons: {} },
  } as const;

  async function publishedFiles(): Promise<readonly Buffer[]> {
    const { files } = await scoring.world.table.load(pipeline, 'predictions');
    const folder = scoring.world.table.folder(pipeline, 'predictions');
    return Promise.all(files.map((each) => readFile(path.join(scoring.world.store.root, folder, each.path))));
  }

  it('is held with its grounds in the ledger once, and what was published stays as it is, byte for byte', async () => {
    scoring = await ScoringWorld.create();
    await scoring.run();
    const before = await publishedFiles();
    const asked = scoring.requests.length;
    scoring.validated(stopped);
    const plan = { ...(await scoring.pin('r2')), asOf: '2001-03-05T06:00:00.000Z' };
    const hold = () => holdInvalid(scoring.services, { plan, snapshot: scoring.snapshot, stamp: stampOf('r2') });
    const result = await hold();
    expect(result).toMatchObject({
      status: 'held',
      summary: '2001-03-05 is held: its rows failed validation, and what was published before stays as it is.',
      model: model('b'),
      tableVersion: null,
      grounds: ['origin is missing'],
      warnings: ['also this', '3 rows are in quarantine/flights/q.parquet'],
    });
    expect(await hold()).toEqual(result);
    expect(await scoring.world.lastEvent()).toMatchObject({ type: 'window-held', grounds: ['origin is missing'] });
    expect(scoring.requests).toHaveLength(asked);
    expect(await publishedFiles()).toEqual(before);
  });
});

describe('the snapshot of a window to score', () => {
  let world: OrdersWorld;
  afterEach(() => world.remove());

  const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };

  /** The fifth has one order of three with a negative amount. */
  async function build(severity: 'stop' | 'quarantine' | 'warn') {
    const edges = [order({ id: 'first', day: '2024-01-01' }), order({ id: 'last', day: '2024-01-09' })];
    world = await createOrdersWorld([
      ...edges,
      order({ id: 'a', amount: '-1' }),
      order({ id: 'b' }),
      order({ id: 'c' }),
    ]);
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
    const services = { definitions: { loadPinned: () => Promise.resolve(definition) }, dataset: world.builder() };
    const activities = createScoringActivities(services as unknown as Parameters<typeof createScoringActivities>[0]);
    const plan = { ...scorePlan, pipeline: 'orders', window, asOf: window.start };
    const environment = new MockActivityEnvironment();
    return environment.run<[ScorePlan], ScoringSnapshot, typeof activities.buildScoringSnapshot>(
      activities.buildScoringSnapshot,
      plan,
    );
  }

  it.each([
    ['stop', 3, true],
    // One of three is more than the hundredth that may be quarantined.
    ['quarantine', 2, true],
    ['warn', 3, undefined],
  ] as const)('says whether it may be scored: %s', async (severity, rows, isStopped) => {
    const snapshot = await build(severity);
    expect([snapshot.rows, snapshot.isStopped]).toEqual([rows, isStopped]);
  });
});

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLeakingColumns } from '../../../adapters/duckdb/leakage-check.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { createFlightsWorld, type FlightsWorld } from '../../support/flights.js';

const events = [{ source: 'flights', time: 'date', outcomes: ['delay'] }];
const window = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-06T00:00:00.000Z' };

describe('the leakage check on the flights', () => {
  let world: FlightsWorld;
  beforeAll(async () => {
    world = await createFlightsWorld();
  });
  afterAll(() => world.remove());

  const check = (definition: PipelineDefinition) =>
    findLeakingColumns(
      { definition, window, events },
      { tempDirectory: path.join(world.root, 'spill'), threads: 2, memoryLimitMb: 512 },
    );

  /** The shipped SQL with one text replaced, and perhaps one more feature. */
  function variant(from: string, to: string, feature?: string): PipelineDefinition {
    const { definition } = world.loaded;
    const { sql, features } = definition.dataset;
    expect(sql).toContain(from);
    const added = feature === undefined ? [] : [{ name: feature, kind: 'numeric' as const }];
    return {
      ...definition,
      dataset: { ...definition.dataset, sql: sql.replace(from, to), features: [...features, ...added] },
    };
  }

  it('finds nothing in the shipped features', async () => {
    expect(await check(world.loaded.definition)).toEqual([]);
  });

  it('names a feature made from the hour of the date', async () => {
    const counted = variant('date::DATE AS day, origin', 'hour(date) AS hour, date::DATE AS day, origin', 'hour');
    const sql = counted.dataset.sql.replace('  delay > 15 AS late,', '  hour, delay > 15 AS late,');
    const leaks = await check({ ...counted, dataset: { ...counted.dataset, sql } });
    expect(leaks.map((leak) => leak.column)).toEqual(['hour']);
    // A time drawn at random falls into the old hour about once in 24.
    const { rowsChanged = 0, rows = 1 } = leaks[0] ?? {};
    expect(rows).toBe(14_696);
    expect(rowsChanged / rows).toBeGreaterThan(0.9);
  });

  it('names a feature made from the delay itself', async () => {
    const leaks = await check(variant('  delay > 15 AS late,', '  delay AS wait, delay > 15 AS late,', 'wait'));
    expect(leaks.map((leak) => leak.column)).toEqual(['wait']);
  });

  it('names history that counts the day before, whose outcomes are not known yet', async () => {
    const definition = variant('BETWEEN d.day - 29 AND d.day - 2', 'BETWEEN d.day - 29 AND d.day - 1');
    const sql = definition.dataset.sql
      .replace('date < $window_end - INTERVAL 2 DAY', 'date < $window_end - INTERVAL 1 DAY')
      .replace('date::DATE + INTERVAL 2 DAY <= $as_of', 'date::DATE + INTERVAL 1 DAY <= $as_of');
    const leaks = await check({ ...definition, dataset: { ...definition.dataset, sql } });
    expect(leaks.map((leak) => leak.column)).toEqual(['origin_lift', 'destination_lift', 'route_lift']);
  });
});

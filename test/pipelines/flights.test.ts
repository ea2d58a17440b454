import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryRow, queryRows, withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet } from '../../adapters/duckdb/sql-text.js';
import type { SnapshotPurpose, SnapshotRef } from '../../domain/snapshot.js';
import { createFlightsWorld, type FlightsWorld } from '../support/flights.js';

const day = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-06T00:00:00.000Z' };

describe('the flights pipeline', () => {
  let world: FlightsWorld;
  let scored: SnapshotRef;
  beforeAll(async () => {
    world = await createFlightsWorld();
    scored = await build('scoring', day, day.start);
  });
  afterAll(() => world.remove());

  const build = (purpose: SnapshotPurpose, window: { start: string; end: string }, asOf: string) =>
    world.builder.buildSnapshot({ definition: world.loaded.definition, purpose, window, asOf });
  const partsOf = async ({ digest }: SnapshotRef) =>
    world.builder.localParts(await world.builder.loadSnapshot('flights', digest));
  const settings = (allowed: readonly string[]) => ({
    allowed,
    tempDirectory: world.root,
    threads: 2,
    memoryLimitMb: 512,
  });

  it('covers January to June 2001 and the first instant of July', async () => {
    expect(await world.builder.coverage(world.loaded.definition)).toEqual({
      first: '2001-01-01T00:01:00.000Z',
      last: '2001-07-01T00:00:00.000Z',
    });
    await expect(
      build(
        'scoring',
        { start: '2001-07-02T00:00:00.000Z', end: '2001-07-03T00:00:00.000Z' },
        '2001-07-02T00:00:00.000Z',
      ),
    ).rejects.toMatchObject({ type: 'WINDOW_BEYOND_COVERAGE' });
  });

  it('has a row for every flight of the day, keyed by the source and the row in it', async () => {
    expect(scored.rows).toBe(14_696);
    const [part] = await partsOf(scored);
    const { sources } = await world.builder.loadSnapshot('flights', scored.digest);
    const first = await withDuckDb(settings([part ?? '']), (connection) =>
      queryRow<{ row_key: string }>(connection, `SELECT min(row_key) AS row_key FROM '${part ?? ''}'`),
    );
    expect(first.row_key).toMatch(/^[0-9a-f]{12}:\d{12}$/);
    expect(first.row_key.slice(0, 12)).toBe(sources[0]?.sha256.slice(0, 12));
  });

  it('gives a row the same features for training, long afterwards, as it had for scoring', async () => {
    const weeks = { start: '2001-02-20T00:00:00.000Z', end: '2001-03-10T00:00:00.000Z' };
    const trained = await build('labelled', weeks, '2001-03-20T00:00:00.000Z');
    const [before, after] = [await partsOf(scored), await partsOf(trained)];
    const names = world.loaded.definition.dataset.features.map((feature) => feature.name).join(', ');
    const difference = await withDuckDb(settings([...before, ...after]), (connection) =>
      queryRow<{ rows: number }>(
        connection,
        `SELECT count(*) AS "rows" FROM (
           SELECT row_key, ${names} FROM ${readParquet(before)} EXCEPT SELECT row_key, ${names} FROM ${readParquet(after)})`,
      ),
    );
    expect(difference.rows).toBe(0);
  });

  it('counts the late share of a route over the 28 days whose outcomes were known, and no others', async () => {
    const { definition } = world.loaded;
    const source = definition.dataset.sources['flights']?.path ?? '';
    const parts = await partsOf(scored);
    // Written anew, one route at a time and without any of the query's steps.
    const known = `date >= TIMESTAMP '2001-02-04' AND date < TIMESTAMP '2001-03-04'`;
    const counted = (where: string) =>
      `SELECT count(*) AS n, count(*) FILTER (delay > 15) AS k FROM '${source}' WHERE ${known} AND ${where}`;
    await withDuckDb(settings([source, ...parts]), async (connection) => {
      const routes = await queryRows<{ entity: string; origin: string; destination: string; lift: number }>(
        connection,
        `SELECT DISTINCT entity, origin, destination, route_lift AS lift FROM ${readParquet(parts)}
         WHERE entity IN ('ORD-LGA', 'ATL-SAV', 'HNL-OGG', 'LAX-JFK')`,
      );
      expect(routes).toHaveLength(4);
      const all = await queryRow<{ n: number; k: number }>(connection, counted('true'));
      const overall = (all.k + 1) / (all.n + 5);
      const share = async (where: string, prior: number, weight: number) => {
        const { n, k } = await queryRow<{ n: number; k: number }>(connection, counted(where));
        return (k + weight * prior) / (n + weight);
      };
      for (const { origin, destination, lift } of routes) {
        const [from, to] = [`origin = '${origin}'`, `destination = '${destination}'`];
        const airports = ((await share(from, overall, 50)) + (await share(to, overall, 50))) / 2;
        const route = await share(`${from} AND ${to}`, airports, 20);
        const expected = Math.log(route / (1 - route)) - Math.log(overall / (1 - overall));
        expect(Math.abs(lift - expected)).toBeLessThanOrEqual(0.05 + 1e-9);
      }
    });
  });

  it('works on the first day of the source, which has no history', async () => {
    const first = { start: '2001-01-01T00:00:00.000Z', end: '2001-01-02T00:00:00.000Z' };
    const ref = await build('labelled', first, '2001-01-10T00:00:00.000Z');
    const parts = await partsOf(ref);
    const lifts = await withDuckDb(settings(parts), (connection) =>
      queryRows(connection, `SELECT DISTINCT origin_lift, destination_lift, route_lift FROM ${readParquet(parts)}`),
    );
    expect(lifts).toEqual([{ origin_lift: 0, destination_lift: 0, route_lift: 0 }]);
    expect(ref.labelledRows).toBe(ref.rows);
  });
});

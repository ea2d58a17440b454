import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import type { SnapshotManifest } from '../../../domain/snapshot.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';

const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const AS_OF = '2024-01-05T12:00:00.000Z';
const HEADER = 'shop,measured_at,published_at,wind\n';

/** The newest reading before the order; only the source itself knows what was published when. */
const ASOF_SQL = `
  WITH readings AS (
    SELECT shop, measured_at, max_by(wind, published_at) AS wind FROM weather GROUP BY shop, measured_at
  )
  SELECT id, o.shop, o.day, w.wind AS amount, o.colour, o.returned, o.day + INTERVAL 2 DAY AS known_at
  FROM orders AS o ASOF LEFT JOIN readings AS w ON o.shop = w.shop AND o.day > w.measured_at
  WHERE o.day >= $window_start AND o.day < $window_end`;

/** The pattern of the pipelines page: bounded by the start of each row's own window too. */
const PATTERN_SQL = `
  WITH readings AS (
    SELECT shop, published_at, max_by(wind, measured_at) AS wind FROM weather GROUP BY shop, published_at
  )
  SELECT id, o.shop, o.day, w.wind AS amount, o.colour, o.returned, o.day + INTERVAL 2 DAY AS known_at
  FROM orders AS o ASOF LEFT JOIN readings AS w ON o.shop = w.shop AND date_trunc('day', o.day) >= w.published_at
  WHERE o.day >= $window_start AND o.day < $window_end`;

interface Reading {
  readonly shop: string;
  readonly measuredAt: string;
  readonly publishedAt: string;
  readonly wind: number;
}

let world: OrdersWorld;
afterEach(() => world.remove());

async function createWeatherWorld() {
  world = await createOrdersWorld([
    order({ id: 'first', day: '2024-01-01' }),
    order({ id: 'a', shop: 'north' }),
    order({ id: 'b', shop: 'south' }),
    order({ id: 'last', day: '2024-01-09' }),
  ]);
  return path.join(world.root, 'data', 'weather.csv');
}

function definition(weather: string, availableAt: string | null): PipelineDefinition {
  const source = {
    path: weather,
    format: 'csv',
    columns: { shop: 'VARCHAR', measured_at: 'TIMESTAMP', published_at: 'TIMESTAMP', wind: 'DOUBLE' },
    ...(availableAt === null ? {} : { availableAt }),
  } as const;
  const { dataset } = world.definition;
  return {
    ...world.definition,
    dataset: { ...dataset, sql: ASOF_SQL, sources: { ...dataset.sources, weather: source } },
  };
}

async function contentWith(readings: readonly Reading[], weather: string, availableAt: string | null = 'published_at') {
  const lines = readings.map(({ shop, measuredAt, publishedAt, wind }) =>
    [shop, measuredAt, publishedAt, wind].join(','),
  );
  await writeFile(weather, HEADER + lines.map((line) => `${line}\n`).join(''));
  const builder = world.builder();
  const { digest } = await builder.buildSnapshot({
    definition: definition(weather, availableAt),
    purpose: 'scoring',
    window,
    asOf: AS_OF,
  });
  return builder.loadSnapshot('orders', digest);
}

async function windsOf(manifest: SnapshotManifest): Promise<readonly object[]> {
  const parts = await world.builder().localParts(manifest);
  const settings = { allowed: parts, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
  return withDuckDb(settings, (connection) =>
    queryRows(connection, `SELECT row_key, amount FROM ${readParquet(parts)}`),
  );
}

const known: readonly Reading[] = [
  { shop: 'north', measuredAt: '2024-01-04 06:00:00', publishedAt: '2024-01-04 07:00:00', wind: 3 },
  { shop: 'north', measuredAt: '2024-01-04 18:00:00', publishedAt: '2024-01-05 12:00:00', wind: 5 },
  { shop: 'south', measuredAt: '2024-01-03 06:00:00', publishedAt: '2024-01-04 07:00:00', wind: 7 },
];

describe('a source that says when its rows became known', () => {
  it('gives the newest row known at the data clock, that instant included', async () => {
    const weather = await createWeatherWorld();
    const correction = {
      shop: 'south',
      measuredAt: '2024-01-03 06:00:00',
      publishedAt: '2024-01-05 12:00:01',
      wind: 99,
    };
    const manifest = await contentWith([...known, correction], weather);
    expect(await windsOf(manifest)).toEqual([
      { row_key: 'a', amount: 5 },
      { row_key: 'b', amount: 7 },
    ]);
  });

  it('gives the same content whatever became known later', async () => {
    const weather = await createWeatherWorld();
    const { logicalDigest: original } = await contentWith(known, weather);
    const later = fc.record({
      shop: fc.constantFrom('north', 'south', 'west'),
      measuredAt: fc.constantFrom(
        '2024-01-01 00:00:00',
        '2024-01-04 18:00:00',
        '2024-01-04 23:59:59',
        '2024-01-08 00:00:00',
      ),
      publishedAt: fc.constantFrom('2024-01-05 12:00:00.000001', '2024-01-05 12:00:01', '2024-02-01 00:00:00', ''),
      wind: fc.integer({ min: -1000, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(later, { minLength: 1, maxLength: 8 }), async (future) => {
        expect((await contentWith([...known, ...future], weather)).logicalDigest).toBe(original);
      }),
      { numRuns: 15 },
    );
  });

  it('is what makes it so: without it the future shows', async () => {
    const weather = await createWeatherWorld();
    const future = { shop: 'north', measuredAt: '2024-01-04 23:00:00', publishedAt: '2024-02-01 00:00:00', wind: 9 };
    const { logicalDigest: original } = await contentWith(known, weather, null);
    expect((await contentWith([...known, future], weather, null)).logicalDigest).not.toBe(original);
  });

  it('has to have the column', async () => {
    const weather = await createWeatherWorld();
    await expect(contentWith(known, weather, 'known_since')).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        { field: 'dataset.sources.weather.availableAt', expected: expect.stringContaining('published_at') as string },
      ],
    });
  });
});

describe('history that is joined by when it was published', () => {
  it('gives a row the same features for training, weeks later, as it had for scoring', async () => {
    const weather = await createWeatherWorld();
    await contentWith(
      [
        ...known,
        { shop: 'north', measuredAt: '2024-01-04 20:00:00', publishedAt: '2024-01-05 00:00:01', wind: 50 },
        { shop: 'south', measuredAt: '2024-01-03 06:00:00', publishedAt: '2024-01-15 00:00:00', wind: 99 },
      ],
      weather,
    );
    const given = definition(weather, 'published_at');
    const pattern = { ...given, dataset: { ...given.dataset, sql: PATTERN_SQL } };
    const content = async (asOf: string) => {
      const builder = world.builder();
      const { digest } = await builder.buildSnapshot({ definition: pattern, purpose: 'scoring', window, asOf });
      return builder.loadSnapshot('orders', digest);
    };
    const [scored, later] = [await content(window.start), await content('2024-01-20T00:00:00.000Z')];
    expect(later.logicalDigest).toBe(scored.logicalDigest);
    expect(await windsOf(later)).toEqual([
      { row_key: 'a', amount: 3 },
      { row_key: 'b', amount: 7 },
    ]);
  });
});

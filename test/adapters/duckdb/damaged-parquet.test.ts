import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';
import { runSql } from '../../support/parquet.js';

let world: OrdersWorld;
let file: string;
let whole: Buffer;

beforeAll(async () => {
  world = await createOrdersWorld([order({ id: 'a' })]);
  file = path.join(world.root, 'data', 'orders.parquet');
  await runSql(
    `COPY (SELECT 'k' || i AS id, 'north' AS shop, DATE '2024-01-05' AS day, 10.5 + i % 7 AS amount,
                  ['red', 'blue'][1 + i % 2] AS colour, 0 AS returned
           FROM range(3) t(i)) TO '${file}' (FORMAT parquet)`,
  );
  whole = await readFile(file);
});
afterAll(() => world.remove());

/** Some bytes in a row: each of them with one bit flipped, or with all of them. */
interface Damage {
  readonly at: number;
  readonly length: number;
  readonly mask: number;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
  mask: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128, 255),
});

function damaged({ at, length, mask }: Damage): Buffer {
  const bytes = Buffer.from(whole);
  const first = at % bytes.length;
  for (let k = first; k < Math.min(first + length, bytes.length); k += 1) bytes[k] = (bytes[k] ?? 0) ^ mask;
  return bytes;
}

async function failureOf(damage: Damage): Promise<unknown> {
  await writeFile(file, damaged(damage));
  const { dataset } = world.definition;
  const sources = { orders: { path: file, format: 'parquet' } } as const;
  const definition: PipelineDefinition = { ...world.definition, dataset: { ...dataset, sources } };
  const window = { start: '2024-01-05T00:00:00Z', end: '2024-01-06T00:00:00Z' };
  return world
    .builder()
    .buildSnapshot({ definition, purpose: 'scoring', window, asOf: window.start })
    .then(
      () => null,
      (error: unknown) => error,
    );
}

/** The format has no checksums, so a flipped value is a value: but a failure is never one that is tried again for ever. */
it('a Parquet file whose bits flipped fails for good when it fails, wherever they are', async () => {
  await fc.assert(
    fc.asyncProperty(damages, async (damage) => {
      const failure = await failureOf(damage);
      if (failure !== null) expect(failure).toBeInstanceOf(PermanentFailure);
    }),
    // One seed, so that another message of the engine is found here on purpose and not in somebody else's run.
    { numRuns: 250, seed: 20240105 },
  );
});

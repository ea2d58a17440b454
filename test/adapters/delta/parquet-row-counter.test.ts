import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParquetRowCounter } from '../../../adapters/delta/parquet-row-counter.js';
import { cohortHash } from '../../../contracts/cohort-hash.js';
import { isInCohort } from '../../../domain/cohort.js';
import { writeParquet } from '../../support/parquet.js';
import { scratchFolder } from '../../support/scoring.js';

const draw = { salt: 'flights/p3', sharePercent: 25 };
const entities = Array.from({ length: 40 }, (_, index) => `shop ${String(index)}`);
const drawn = entities.filter((entity) => isInCohort(cohortHash(draw.salt, entity), draw.sharePercent));
const others = entities.filter((entity) => !drawn.includes(entity));

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let counter: ParquetRowCounter;
let partPath: string;

beforeAll(async () => {
  scratch = await scratchFolder();
  counter = new ParquetRowCounter(scratch.folder);
  partPath = path.join(scratch.folder, 'part.parquet');
  const columns = ['row_key', 'entity'].map((name) => ({ name, type: 'VARCHAR' }));
  await writeParquet(partPath, columns, [...entities.map((entity) => [entity, entity]), ['nobody', null]]);
});
afterAll(() => scratch.remove());

/** One row of each key. */
async function file(name: string, cohort: string, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const served = path.join(scratch.folder, `${name}.parquet`);
  const columns = ['row_key', 'cohort'].map((column) => ({ name: column, type: 'VARCHAR' }));
  await writeParquet(
    served,
    columns,
    keys.map((key) => [key, cohort]),
  );
  return [served];
}

async function faultsOf(champions: readonly string[], challengers: readonly string[], cohort = 'challenger') {
  return counter.countCohortFaults({
    partPaths: [partPath],
    draw,
    championPaths: await file('champion', 'champion', champions),
    challengerPaths: await file('challenger', cohort, challengers),
  });
}

describe('the rows of a cohort', () => {
  it('are as drawn when the challenger served them and the champion everybody else, also who has no entity', async () => {
    const none = { strangers: 0, missed: 0, mislabelled: 0 };
    expect(await faultsOf([...others, 'nobody'], drawn)).toEqual(none);
  });

  it('are counted where the other one served them', async () => {
    const [stranger = '', ...rest] = others;
    const [missed = '', ...members] = drawn;
    const faults = await faultsOf([...rest, missed], [...members, stranger, 'nobody']);
    expect(faults).toEqual({ strangers: 2, missed: 1, mislabelled: 0 });
  });

  it('are missed where nobody served them', async () => {
    const faults = await faultsOf([...others, 'nobody'], []);
    expect(faults).toEqual({ strangers: 0, missed: drawn.length, mislabelled: 0 });
  });

  it('are counted where they name another cohort', async () => {
    const faults = await faultsOf([...others, 'nobody'], drawn, 'champion');
    expect(faults).toEqual({ strangers: 0, missed: 0, mislabelled: drawn.length });
  });
});

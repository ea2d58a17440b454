import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isThere } from '../../../activities/retention/collected-files.js';
import { collectHere } from '../../support/collections.js';
import { collectUntil } from '../../support/cut-collections.js';
import { digest, pipeline } from '../../support/ledger.js';
import { ScoringWorld } from '../../support/scoring-world.js';

let scoring: ScoringWorld;
beforeEach(async () => {
  scoring = await ScoringWorld.create();
  const { world } = scoring;
  await world.commit(await world.adopt({ window: '2001-03-04', rows: 30, runIdentity: digest('the day before') }));
});
afterEach(() => scoring.world.remove());

/** A run scores its parts and waits; long after, a collection names the files to serve and dies before it removes any. */
async function scoreAndName() {
  const plan = await scoring.pin();
  await scoring.shard(plan);
  scoring.requests.length = 0;
  await collectUntil('after-collect-record', scoring.world.store);
  expect((await scoring.world.state()).collected.size).toBe(3);
  return plan;
}

/** Store paths of what is served for the window. */
async function served(): Promise<readonly string[]> {
  const { table } = scoring.world;
  const { files } = await table.load(pipeline, 'predictions');
  const ofWindow = files.filter(({ window }) => window === '2001-03-05');
  return ofWindow.map(({ path }) => `${table.folder(pipeline, 'predictions')}/${path}`);
}

describe('parts whose files retention has named', () => {
  it('are scored again under other names, which stay when the collection is finished', async () => {
    const plan = await scoreAndName();
    expect(await scoring.shard(plan)).toEqual({ status: 'scored', rows: 30, partsTakenOver: 0 });
    expect(scoring.requests).toHaveLength(3);
    expect((await scoring.publish(plan)).status).toBe('published');
    expect(await collectHere(scoring.world.store)).toMatchObject({ recordNumbers: [] });
    const live = await served();
    expect(live).toHaveLength(3);
    for (const path of live) {
      expect(path).toMatch(/-again1\.parquet$/);
      expect(await isThere(scoring.world.store, path)).toBe(true);
    }
    for (const path of (await scoring.world.state()).collected.keys()) {
      expect(await isThere(scoring.world.store, path)).toBe(false);
    }
  });

  it('are taken over again once they are scored again', async () => {
    const plan = await scoreAndName();
    await scoring.shard(plan);
    expect(await scoring.shard(plan)).toMatchObject({ partsTakenOver: 3 });
    expect(scoring.requests).toHaveLength(3);
  });

  it('are not published: the run says so, and can be started again', async () => {
    const plan = await scoreAndName();
    await expect(scoring.publish(plan)).rejects.toMatchObject({ type: 'COLLECTED' });
    expect(await served()).toEqual([]);
    expect((await scoring.run('r2')).status).toBe('published');
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { keepUnscored } from '../../../activities/scoring/keep-unscored.js';
import { stampOf } from '../../support/activity-world.js';
import { model } from '../../support/ledger.js';
import { ScoringWorld } from '../../support/scoring-world.js';

const grounds = ['champion 2 could not score: it hangs', 'fallback baseline could not score: no such column'];

describe('a window that nothing can score', () => {
  let scoring: ScoringWorld;
  afterEach(() => scoring.world.remove());

  async function keep(runId: string) {
    const plan = { ...(await scoring.pin(runId)), asOf: '2001-03-05T06:00:00.000Z' };
    return keepUnscored(scoring.services, { plan, snapshot: scoring.snapshot, grounds, stamp: stampOf(runId) });
  }

  it('keeps what is published, recorded once as what stands in for the champion', async () => {
    scoring = await ScoringWorld.create();
    await scoring.run();
    const before = await scoring.served();
    const result = await keep('r2');
    expect(result).toMatchObject({
      status: 'held',
      summary:
        'Nothing could score 2001-03-05, not even the baseline: the 30 predictions published before stay served.',
      tableVersion: 0,
      grounds,
    });
    expect(await keep('r2')).toEqual(result);
    expect((await scoring.world.state()).fallbacks).toMatchObject([
      { intendedDigest: model('b').modelDigest, servedDigest: model('b').modelDigest, grounds },
    ]);
    expect(await scoring.served()).toEqual(before);
  });

  it('is held where nothing is published for it', async () => {
    scoring = await ScoringWorld.create();
    expect(await keep('r1')).toMatchObject({ status: 'held', tableVersion: null, grounds });
    expect(await scoring.world.lastEvent()).toMatchObject({ type: 'window-held', grounds });
    expect((await scoring.world.state()).fallbacks).toEqual([]);
  });
});

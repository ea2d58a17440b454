import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { countRows, readPendingWork, type PendingWork } from '../../cli/pending-work.js';

/** What the server says of activities under way: their last heartbeats. */
function pending(...beats: readonly unknown[]): PendingWork {
  const pendingActivities = beats.map((beat) => ({
    heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(beat)] },
  }));
  return readPendingWork({ raw: { pendingActivities } });
}

describe('the rows under way', () => {
  it('are the sum of what all activities last said', () => {
    expect(pending({ rowsDone: 10, rows: 100 }, { rowsDone: 5, rows: 50 }).rows).toEqual({ rowsDone: 15, rows: 150 });
  });

  it('are unknown while no activity counts any', () => {
    expect(pending(null, 'beat', { rowsDone: 'many', rows: 3 }).rows).toBeNull();
  });
});

describe('how far a run is', () => {
  it('is the shards that ended and those under way, of the rows of the whole window', () => {
    const work = pending({ rowsDone: 250_000, rows: 1_500_000 });
    expect(countRows(work, { rowsDone: 1_500_000, rows: 4_500_000 })).toEqual({ rowsDone: 1_750_000, rows: 4_500_000 });
  });

  it('never exceeds the whole, though a shard that has just ended is still said to be under way', () => {
    const work = pending({ rowsDone: 80, rows: 80 });
    expect(countRows(work, { rowsDone: 80, rows: 100 })).toEqual({ rowsDone: 100, rows: 100 });
  });

  it('is what the activities say where the run itself counts no rows', () => {
    const work = pending({ rowsDone: 3, rows: 9 });
    expect(countRows(work, { rowsDone: null, rows: 9_000 })).toEqual({ rowsDone: 3, rows: 9 });
    expect(countRows(pending(), { rowsDone: null, rows: null })).toBeNull();
  });
});

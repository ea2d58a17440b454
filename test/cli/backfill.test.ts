import { describe, expect, it } from 'vitest';
import { exitCodeOfRows, renderBackfill, rowOfFailure, type BackfillRow } from '../../cli/backfill-rows.js';
import { parseBackfill } from '../../cli/backfill.js';
import { PermanentFailure } from '../../domain/failure-types.js';

const run = { nominalTime: '2001-03-05T00:00:00.000Z', workflowId: 'score/flights-2001-03-05T00:00:00Z', runId: 'r' };
const published: BackfillRow = {
  ...run,
  status: 'published',
  rows: 16_512,
  version: '1',
  summary: 'fine',
  exitCode: 0,
  result: {},
};

describe('parseBackfill', () => {
  it('reads dates as midnight UTC', () => {
    expect(parseBackfill({ from: '2001-03-01', to: '2001-03-08', schedule: 'score' })).toEqual({
      type: 'score',
      range: { start: '2001-03-01T00:00:00.000Z', end: '2001-03-08T00:00:00.000Z' },
    });
  });

  it('names an empty range and an unknown schedule at once', () => {
    expect(() => parseBackfill({ from: '2001-03-01', to: '2001-03-01', schedule: 'promote' })).toThrow(
      /--to[^]*--schedule/,
    );
  });
});

describe('a backfill that ended', () => {
  it('is worth its worst run', () => {
    const held = { ...published, status: 'held', exitCode: 3 } as const;
    const failed = rowOfFailure(run, new PermanentFailure('STORE_MISMATCH', 'The snapshot is broken.'));
    expect(exitCodeOfRows([published])).toBe(0);
    expect(exitCodeOfRows([published, held])).toBe(3);
    expect(exitCodeOfRows([held, failed, published])).toBe(1);
  });

  it('shows rows per window and their sum', () => {
    const text = renderBackfill([published, { ...published, nominalTime: '2001-03-06T00:00:00.000Z', rows: 100 }]);
    expect(text).toContain('2001-03-05    published  16,512        1  fine');
    expect(text).toMatch(/2 runs, 16,612 rows\.$/);
  });
});

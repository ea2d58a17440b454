import { describe, expect, it } from 'vitest';
import { computePace, renderRowProgress } from '../../domain/row-progress.js';

describe('the pace of a run', () => {
  it('is the rows done by the time they took, and the rest takes as long at that pace', () => {
    expect(computePace({ rowsDone: 1_000, rows: 4_000, elapsedMs: 500 })).toEqual({
      rowsPerSecond: 2_000,
      remainingMs: 1_500,
    });
  });

  it('is unknown before anything is done, and before any time has passed', () => {
    const unknown = { rowsPerSecond: null, remainingMs: null };
    expect(computePace({ rowsDone: 0, rows: 10, elapsedMs: 500 })).toEqual(unknown);
    expect(computePace({ rowsDone: 10, rows: 10, elapsedMs: 0 })).toEqual(unknown);
  });
});

describe('a progress bar', () => {
  const bar = (rowsDone: number, rows: number, elapsedMs: number) =>
    renderRowProgress(rowsDone, rows, computePace({ rowsDone, rows, elapsedMs }));

  it('shows share, rows, speed and time left', () => {
    expect(bar(6_800, 16_512, 1_000)).toBe('[########------------] 41%  6,800 of 16,512 rows, 6,800 rows/s, 2 s left');
  });

  it('shows no speed while there is none, and no time left at the end', () => {
    expect(bar(0, 100, 0)).toBe('[--------------------] 0%  0 of 100 rows');
    expect(bar(100, 100, 1_000)).toBe('[####################] 100%  100 of 100 rows, 100 rows/s');
    expect(bar(0, 0, 0)).toBe('[####################] 100%  0 of 0 rows');
  });

  it('rounds the time left up, to minutes beyond two of them and to hours beyond two of those', () => {
    const left = (seconds: number) => /, ([^,]*) left$/.exec(bar(1, 1 + seconds, 1_000))?.[1];
    expect([left(1), left(120), left(121), left(7_200), left(7_201)]).toEqual([
      '1 s',
      '120 s',
      '3 min',
      '120 min',
      '3 h',
    ]);
  });
});

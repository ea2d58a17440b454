import { describe, expect, it } from 'vitest';
import { fastest, median, speedRatio, summarise } from '../../bench/scoring/measurement.js';
import { measurement } from './measurements.js';

const run = (wallSeconds: number, peakMiB: number, startedQuiet = true) => ({
  ...{ wallSeconds, peakMiB, startedQuiet, cpuSeconds: wallSeconds, highWaterMiB: peakMiB, otherCpuSeconds: 0 },
});

describe('a measurement', () => {
  it('has the median time, the range, the largest memory, and the runs that began on a busy machine', () => {
    const identity = { design: 'ours', title: 'ours', role: 'ours', model: 'lr', rows: 1_000 } as const;
    const measured = summarise({ ...identity, scoresAgree: null, differences: null }, [
      run(4, 100),
      run(2, 300, false),
      run(1, 200),
    ]);
    expect(measured).toMatchObject({ runs: 3, wallSeconds: 2, wallSecondsMin: 1, wallSecondsMax: 4, peakMiB: 300 });
    expect(measured).toMatchObject({ rowsPerSecond: 500, noisyRuns: 1 });
  });

  it('has the mean of both middle times when runs are even', () => {
    expect(median([3, 1])).toBe(2);
    expect(median([9, 1, 2, 4])).toBe(3);
  });
});

describe('a ratio', () => {
  it('says how many times longer the other side took', () => {
    expect(speedRatio(measurement({ wallSeconds: 2 }), measurement({ wallSeconds: 5 }))).toBe(2.5);
  });

  it('is absent where a side is', () => {
    expect(speedRatio(undefined, measurement({ wallSeconds: 5 }))).toBeNull();
    expect(speedRatio(measurement({ wallSeconds: 5 }), fastest([]))).toBeNull();
  });
});
